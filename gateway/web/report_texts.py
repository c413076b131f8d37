"""The words of the report, in the languages that it is written in."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ENGLISH: Mapping[str, str] = {
    "title": "What machines took from your archive",
    "period": "{start} to {end} · {parsed} requests · {skipped} lines not readable",
    "shed": "of the load would not have reached your archive",
    "hours": "hours of work saved",
    "taken": "taken in all",
    "hurt": "requests of readers, feeds, archives and git refused",
    "nobody": "No reader, feed reader, web archive or git would have been refused.",
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
    "period": "{start} au {end} · {parsed} requêtes · {skipped} lignes illisibles",
    "shed": "de la charge n’aurait pas atteint votre archive",
    "hours": "heures de travail épargnées",
    "taken": "pris au total",
    "hurt": "requêtes de lecteurs, flux, archives et git refusées",
    "nobody": "Aucun lecteur, flux, archive du web ou git n’aurait été refusé.",
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
    "L’identité est celle que l’on déclare, sauf si elle est marquée verified. Les "
    "adresses sont réduites à leur réseau, et rien n’a quitté cette machine.",
}
REPORT_TEXTS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {"en": ENGLISH, "fr": FRENCH}
)
