"""The words of a letter to an operator, in the languages that it is written in."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ENGLISH: Mapping[str, str] = {
    "title": "{operator}: your machines in our archive",
    "title_claimed": "{operator}: machines that claim your name in our archive",
    "took": "From {start} to {end} our access log shows {requests} requests of clients "
    "that name you, {bytes} bytes in all: {share} % of everything that was taken.",
    "known": "{requests} of them ({bytes} bytes) are known {level}.",
    "borrowed": "{requests} more requests carry your name from addresses outside the "
    "ranges that you publish. We take them for somebody else's; no figure here counts "
    "them.",
    "level_unknown": "not at all",
    "level_claimed": "only by the name in their user agent, which anybody can write",
    "level_verified": "by published addresses or by a signature",
    "level_vouched": "because somebody we trust vouched for them",
    "no_terms": "They never fetched our terms (robots.txt, license.xml) in that time.",
    "terms": "They fetched our terms (robots.txt, license.xml; number of times: "
    "{times}), first on {first} and last on {last}.",
    "cost": "They cost us {cost} page views' worth of work, about {span} of a "
    "server's time.",
    "hours": "{number} hours",
    "minutes": "{number} minutes",
    "free": "By our policy this use is free; we ask for nothing.",
    "price": "By our policy this use needs an agreement. At our published list price "
    "it comes to:",
    "no_price": "By our policy this use needs an agreement; our terms say how to get "
    "one.",
    "agreed": "{amount}  under an agreement",
    "verified": "{amount}  by machines verified to be yours, without agreement",
    "claimed": "{amount}  by machines that only carry your name: not collectable",
    "no_invoice": "This letter is no invoice. Nothing is owed but what is agreed, and "
    "of what only carries your name nothing can be collected from you at all.",
    "ways": """There are three ways to settle this, and each is open to you today:
  1. pay: accept our published offer, and be metered to the byte;
  2. contribute: accepted work for the commons settles it in kind;
  3. open: publish what you built from it, and have it proven.""",
    "plain_ways": """There are two ways to come to terms, each open to you today:
  1. contribute: work for the commons, accepted by those who look after it;
  2. open: publish what you built from it, and have it proven.""",
    "appeal": "Reading stays free for people. If you think that these were not your "
    "machines, publish their addresses or sign their requests (Web Bot Auth), and we "
    "will take the others for what they are.",
}
FRENCH: Mapping[str, str] = {
    "title": "{operator} : vos machines dans notre archive",
    "title_claimed": "{operator} : des machines qui portent votre nom dans notre "
    "archive",
    "took": "Du {start} au {end}, notre journal d’accès montre {requests} requêtes de "
    "clients qui portent votre nom, {bytes} octets en tout : {share} % de tout ce qui "
    "a été pris.",
    "known": "Dont {requests} ({bytes} octets) : {level}.",
    "borrowed": "{requests} requêtes de plus portent votre nom depuis des adresses "
    "hors des plages que vous publiez. Nous les tenons pour celles d’autrui ; aucun "
    "chiffre ici ne les compte.",
    "level_unknown": "rien ne dit de qui",
    "level_claimed": "votre nom n’y figure que dans le « user agent », que chacun peut "
    "écrire",
    "level_verified": "vérifiées par des adresses publiées ou une signature",
    "level_vouched": "quelqu’un en qui nous avons confiance s’en porte garant",
    "no_terms": "Elles n’ont jamais lu nos conditions (robots.txt, license.xml) "
    "pendant ce temps.",
    "terms": "Elles ont lu nos conditions (robots.txt, license.xml ; nombre de fois : "
    "{times}), d’abord le {first} et en dernier le {last}.",
    "cost": "Elles nous ont coûté le travail de {cost} pages vues, environ {span} "
    "de serveur.",
    "hours": "{number} heures",
    "minutes": "{number} minutes",
    "free": "Selon nos règles, cet usage est libre ; nous ne demandons rien.",
    "price": "Selon nos règles, cet usage demande un accord. À notre tarif publié, il "
    "revient à :",
    "no_price": "Selon nos règles, cet usage demande un accord ; nos conditions "
    "disent comment l’obtenir.",
    "agreed": "{amount}  sous accord",
    "verified": "{amount}  par des machines reconnues comme les vôtres, sans accord",
    "claimed": "{amount}  par des machines qui portent seulement votre nom : non "
    "recouvrable",
    "no_invoice": "Cette lettre n’est pas une facture. Rien n’est dû que ce qui est "
    "convenu, et rien ne peut vous être réclamé pour ce qui porte seulement votre nom.",
    "ways": """Il y a trois façons de régler cela, chacune ouverte dès aujourd’hui :
  1. payer : accepter notre offre publiée, et être mesuré à l’octet près ;
  2. contribuer : un travail accepté pour le commun règle en nature ;
  3. ouvrir : publier ce que vous en avez fait, preuve à l’appui.""",
    "plain_ways": """Il y a deux façons de s’entendre, chacune ouverte dès aujourd’hui :
  1. contribuer : un travail pour le commun, accepté par qui en prend soin ;
  2. ouvrir : publier ce que vous en avez fait, preuve à l’appui.""",
    "appeal": "La lecture reste libre pour les personnes. Si vous pensez que ce "
    "n’étaient pas vos machines, publiez leurs adresses ou signez leurs requêtes (Web "
    "Bot Auth), et nous prendrons les autres pour ce qu’elles sont.",
}
DOSSIER_TEXTS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {"en": ENGLISH, "fr": FRENCH}
)
