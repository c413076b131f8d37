"""The sentence of a refusal by language: as its rule has it, or as we say it.

What a steward wrote in one language only is shown in that one. Our own sentences are
known here by what they say in English, because that is what decisions carry.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from gateway.identity.principal import CredentialFault
from gateway.identity.refusal import DETAILS
from gateway.licensing.decision import Ruling
from gateway.licensing.policy import PolicySet
from gateway.services.instead import PLAINER
from gateway.services.relief import BUSY

NOTHING: Mapping[str, str] = MappingProxyType({})
_FAULTS: Mapping[CredentialFault, str] = MappingProxyType(
    {
        CredentialFault.KEY_MALFORMED: (
            "votre clé n'est pas arrivée entière : une clé commence par cg_live_ ou "
            "cg_test_, suivi de 36 lettres et chiffres ; recopiez-la, ou demandez-en "
            "une nouvelle au contact des archives"
        ),
        CredentialFault.KEY_CHECKSUM: (
            "votre clé contient une faute de frappe ; recopiez-la de là où vous la "
            "gardez, ou demandez-en une nouvelle au contact des archives"
        ),
        CredentialFault.KEY_UNKNOWN: (
            "la clé est bien écrite mais inconnue ici ; vérifiez qu'elle a été émise "
            "par ces archives"
        ),
        CredentialFault.KEY_REVOKED: (
            "la clé a été révoquée ; demandez-en une nouvelle"
        ),
        CredentialFault.KEY_EXPIRED: (
            "la clé a expiré ou a été remplacée ; utilisez la nouvelle, ou demandez-en "
            "une"
        ),
        CredentialFault.TOKEN_MALFORMED: (
            "votre jeton de licence n'est pas arrivé entier ; recopiez-le, ou "
            "demandez-en un nouveau au contact des archives"
        ),
        CredentialFault.TOKEN_SIGNATURE: (
            "la signature de votre jeton de licence ne tient pas ; demandez-en un "
            "nouveau au contact des archives"
        ),
        CredentialFault.TOKEN_EXPIRED: (
            "votre jeton de licence a expiré ; demandez-en un nouveau au contact des "
            "archives"
        ),
        CredentialFault.TOKEN_NOT_YET_VALID: (
            "le jeton n'est pas encore valable ; vérifiez l'horloge de qui l'a émis"
        ),
        CredentialFault.TOKEN_AUDIENCE: (
            "le jeton a été émis pour d'autres archives ; demandez-en un aux "
            "responsables de celles-ci"
        ),
        CredentialFault.TOKEN_KEY_UNKNOWN: (
            "votre jeton de licence a été signé avec une clé qui n'est pas utilisée "
            "ici ; demandez-en un nouveau au contact des archives"
        ),
        CredentialFault.TOKEN_ISSUER: (
            "le jeton vient d'un émetteur qui n'est pas reconnu ici ; demandez-en un "
            "aux responsables de ces archives"
        ),
        CredentialFault.AMBIGUOUS: (
            "la requête présente plus d'un de nos justificatifs ; envoyez-en un seul"
        ),
    }
)
_WHOLE: Mapping[str, str] = MappingProxyType(
    {
        **{DETAILS[fault]: french for fault, french in _FAULTS.items()},
        BUSY: (
            "Beaucoup demandent des pages comme celle-ci en ce moment, et les archives "
            "ne peuvent en faire que quelques-unes à la fois. Les autres pages ne sont "
            "pas retenues."
        ),
        PLAINER: (
            "Beaucoup demandent des pages comme celle-ci en ce moment. Voici la même "
            "page sans ses filtres ; ils peuvent être remis à partir d'elle."
        ),
        "send the API key of your agreement: Authorization: Bearer cg_…": (
            "envoyez la clé d'API de votre accord : Authorization: Bearer cg_…"
        ),
        "No rule says otherwise: reading is free.": (
            "Aucune règle ne dit autre chose : lire est libre."
        ),
        "The agreement's spending limit for this period is reached.": (
            "La limite de dépense de l'accord est atteinte pour cette période."
        ),
    }
)
_SHAPED: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"This address has used its share for now \(budget (\S+)\)\."),
        r"Cette adresse a pris sa part pour l'instant (budget \1).",
    ),
    (
        re.compile(
            r"The archive is under pressure and this address has used its share for "
            r"now \(budget (\S+)\)\."
        ),
        (
            r"Les archives sont sous pression et cette adresse a pris sa part pour "
            r"l'instant (budget \1)."
        ),
    ),
    (
        re.compile(
            r"The cap of this key \((\S+)\) is reached; whoever set it can raise it, "
            r"and it takes hold within a second\."
        ),
        (
            r"Le plafond de cette clé (\1) est atteint ; qui l'a fixé peut le relever, "
            r"ce qui prend effet en une seconde."
        ),
    ),
    (
        re.compile(
            r"The cap of the agreement \((\S+)\) is reached; whoever set it can raise "
            r"it, and it takes hold within a second\."
        ),
        (
            r"Le plafond de l'accord (\1) est atteint ; qui l'a fixé peut le relever, "
            r"ce qui prend effet en une seconde."
        ),
    ),
)


def spoken(policies: PolicySet, ruling: Ruling) -> Mapping[str, str]:
    """The reason of a ruling by language, as far as it was written in any.

    Args:
        policies: The set in force.
        ruling: Whose reason.
    """
    collection = policies.collection(ruling.collection)
    for rule in policies.rules_for(collection) if collection else ():
        if (rule.id, rule.because) == (ruling.rule, ruling.reason):
            return rule.told
    return own_words(ruling.reason)


def own_words(reason: str) -> Mapping[str, str]:
    """A sentence of ours by language; nothing where it is none of ours."""
    french = _WHOLE.get(reason)
    if french is not None:
        return {"fr": french}
    for pattern, says in _SHAPED:
        found = pattern.fullmatch(reason)
        if found:
            return {"fr": found.expand(says)}
    return NOTHING
