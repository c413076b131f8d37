"""The words of the report, in the languages that it is written in."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ENGLISH: Mapping[str, str] = {
    "title": "What machines took from your archive",
    "period": "{start} to {end} · requests: {parsed} · lines not readable: {skipped}",
    "shed": "of the load would not have reached your archive",
    "hours": "hours of work saved",
    "minutes": "minutes of work saved",
    "lanes": "Who would have waited for a place before expensive pages",
    "lanes_none": "No page was dear enough for anybody to have to wait.",
    "lanes_text": "By the times in the log: {came} requests looked for a place before "
    "expensive pages. {at_once} had one at once, {long} after more than two seconds; "
    "readers were asked for a click {clicks} times; {away} found none.",
    "lanes_untold": "The log does not tell how long answers took, so who would have "
    "waited cannot be said. Log $request_time (nginx) or %D (Apache) to see it.",
    "lanes_off": "With protect watch nobody waits.",
    "taken": "taken in all",
    "hurt": "requests of readers, feeds, archives and git refused",
    "nobody": "No reader, feed reader, web archive or git would have been refused.",
    "malformed": "{number} requests had no valid address or were no HTTP. They are "
    "refused whoever sends them: mostly scanners that call themselves browsers. "
    "Whoever got a page all the same stands above.",
    "some": "These would have been refused and should not be. Look at each rule.",
    "time": "Load over time",
    "time_text": "Cost units by time: at most {top}; {shed} of all would be refused.",
    "people": "people",
    "automation": "machines, served",
    "refused": "would be refused",
    "who": "Who puts load on the archive",
    "who_text": "Cost units by kind; the largest is {first}.",
    "kind": "Kind",
    "operator": "Operator",
    "level": "Known",
    "requests": "Requests",
    "why_readers-slowed": "readers would have been slowed: a wider budget",
    "why_dear-page": "it takes {times} times as long as an ordinary page",
    "why_no-terms": "requests of commercial machines without terms: {requests} "
    "({percent} %)",
    "why_over-budget": "budgets would have slowed {requests} requests",
    "bytes": "Taken",
    "load": "Load",
    "pages": "What keeps the archive busiest",
    "pages_text": "Seconds of work by shape of address; the most is {first}.",
    "price": "What it would cost by the published tariff",
    "agreed": "agreed",
    "verified": "verified, without agreement",
    "claimed": "only claimed: not collectable",
    "price_note": "A list price, not an income. Only what is agreed can be invoiced.",
    "takers": "The heaviest takers",
    "taker": "Operator or network",
    "share": "Share of bytes",
    "capture": "The five heaviest hold {capture} of all bytes. {unverified} of the "
    "requests of machines came from nobody who could be verified.",
    "lines": "Lines to think about",
    "because": "because",
    "example": "Where",
    "page": "Page",
    "rule": "Rule",
    "method": "How this was worked out",
    "method_text": "The log was replayed in the order of time through the code that "
    "answers live requests, with protect {protect} and licence {licence}. A cost unit "
    "is one ordinary page; images and styles cost nothing. Who somebody is comes from "
    "what they said, unless it is marked verified. Addresses were cut to their "
    "network, and nothing left this machine.",
}
FRENCH: Mapping[str, str] = {
    "title": "Ce que les machines ont pris à votre archive",
    "period": "{start} au {end} · requêtes : {parsed} · lignes illisibles : {skipped}",
    "shed": "de la charge n’aurait pas atteint votre archive",
    "hours": "heures de travail épargnées",
    "minutes": "minutes de travail épargnées",
    "lanes": "Qui aurait attendu une place devant les pages coûteuses",
    "lanes_none": "Aucune page n’était assez coûteuse pour que quelqu’un attende.",
    "lanes_text": "D’après les durées du journal, {came} requêtes ont demandé une "
    "place devant les pages coûteuses. {at_once} l’ont eue tout de suite, {long} "
    "après plus de deux secondes ; un clic a été demandé {clicks} fois à des "
    "lecteurs ; {away} n’en ont pas eu.",
    "lanes_untold": "Le journal ne dit pas combien de temps les réponses ont pris ; on "
    "ne peut donc pas dire qui aurait attendu. Notez $request_time (nginx) ou %D "
    "(Apache) pour le voir.",
    "lanes_off": "Avec protect watch, personne n’attend.",
    "taken": "pris au total",
    "hurt": "requêtes de lecteurs, flux, archives et git refusées",
    "nobody": "Aucun lecteur, flux, archive du web ou git n’aurait été refusé.",
    "malformed": "{number} requêtes n’avaient pas d’adresse valable ou n’étaient pas "
    "du HTTP. Elles sont refusées, de qui qu’elles viennent : surtout des scanners qui "
    "se disent navigateurs. Qui a tout de même reçu une page figure ci-dessus.",
    "some": "Ceux-ci auraient été refusés à tort. Regardez chaque règle.",
    "time": "La charge au fil du temps",
    "time_text": "Unités de coût : {top} au plus ; {shed} seraient refusées.",
    "people": "personnes",
    "automation": "machines, servies",
    "refused": "seraient refusées",
    "who": "Qui pèse sur l’archive",
    "who_text": "Unités de coût par genre ; le plus grand est {first}.",
    "kind": "Genre",
    "operator": "Opérateur",
    "level": "Preuve",
    "requests": "Requêtes",
    "why_readers-slowed": "des lecteurs auraient été ralentis : un budget plus large",
    "why_dear-page": "elle prend {times} fois le temps d’une page ordinaire",
    "why_no-terms": "requêtes de machines commerciales sans conditions : {requests} "
    "({percent} %)",
    "why_over-budget": "les budgets auraient ralenti {requests} requêtes",
    "level_unknown": "inconnu",
    "level_claimed": "déclaré",
    "level_verified": "vérifié",
    "level_vouched": "garanti",
    "level_contradicted": "démenti",
    "kind_person": "personne",
    "kind_browser": "navigateur",
    "kind_feed-reader": "lecteur de flux",
    "kind_search-crawler": "moteur de recherche",
    "kind_archive-crawler": "archive du web",
    "kind_academic-crawler": "robot de recherche",
    "kind_ai-crawler": "robot d’IA",
    "kind_ai-fetcher": "IA pour quelqu’un",
    "kind_seo": "référencement",
    "kind_monitor": "surveillance",
    "kind_link-preview": "aperçu de lien",
    "kind_fediverse": "fédivers",
    "kind_http-library": "bibliothèque HTTP",
    "kind_git": "git",
    "kind_unknown": "inconnu",
    "hurt_readers": "lecteurs",
    "hurt_feeds": "flux",
    "hurt_archives": "archives",
    "hurt_git": "git",
    "bytes": "Pris",
    "load": "Charge",
    "pages": "Ce qui occupe le plus l’archive",
    "pages_text": "Secondes de travail par forme d’adresse ; la première : {first}.",
    "price": "Ce que cela coûterait au tarif publié",
    "agreed": "convenu",
    "verified": "vérifié, sans accord",
    "claimed": "seulement déclaré : non recouvrable",
    "price_note": "Un prix affiché, pas un revenu. Seul ce qui est convenu se facture.",
    "takers": "Les plus gros preneurs",
    "taker": "Opérateur ou réseau",
    "share": "Part des octets",
    "capture": "Les cinq premiers tiennent {capture} des octets. {unverified} des "
    "requêtes de machines viennent d’expéditeurs que rien ne permet de vérifier.",
    "lines": "Des lignes à considérer",
    "because": "car",
    "example": "Où",
    "page": "Page",
    "rule": "Règle",
    "method": "Comment ce rapport est fait",
    "method_text": "Le journal a été rejoué dans l’ordre du temps par le code qui "
    "répond aux requêtes réelles, avec protect {protect} et licence {licence}. Une "
    "unité de coût est une page ordinaire ; images et styles ne coûtent rien. "
    "L’identité est celle que l’on déclare, sauf mention « vérifié ». Les "
    "adresses sont réduites à leur réseau, et rien n’a quitté cette machine.",
}
REPORT_TEXTS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {"en": ENGLISH, "fr": FRENCH}
)
