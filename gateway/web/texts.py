"""What our own pages say, in the languages we speak.

Two languages, whole sentences, no markup. What a policy says (a rule's reason) is
shown as the steward wrote it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Language(StrEnum):
    """The languages our pages are written in; the first is the default."""

    EN = "en"
    FR = "fr"


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence in each language."""

    en: str
    fr: str

    def in_(self, language: Language) -> str:
        """The sentence in one language."""
        return self.fr if language is Language.FR else self.en


WHY = Said("Why", "Pourquoi")
WHAT_NEXT = Said("What you can do", "Ce que vous pouvez faire")
DETAILS = Said("For a letter to the steward", "Pour écrire à la personne responsable")
RULE = Said("Rule", "Règle")
COLLECTION = Said("Collection", "Fonds")
REQUEST_ID = Said("Request id", "Identifiant de la requête")
READ_OFFER = Said("Read the offer", "Lire l'offre")
READ_LICENCE = Said("The terms for machines", "Les conditions pour les machines")
SAME_PAGE = Said("The page, under its address", "La page, à son adresse")
CHEAPER_DOOR = Said("The same content, for less", "Le même contenu, à moindre coût")
APPEAL = Said(
    "Was this wrong? Write to the steward", "Une erreur ? Écrivez à la personne"
)
USAGE = Said("What was taken, and what is left", "Ce qui a été pris, et ce qui reste")
AGAIN = Said("Try again in {wait}.", "Réessayez dans {wait}.")
SECONDS = Said("{count} s", "{count} s")
MINUTES = Said("{count} minutes", "{count} minutes")
HOURS = Said("{count} hours", "{count} heures")
DAYS = Said("{count} days", "{count} jours")
MEANING = Said("What this kind of answer means", "Ce que signifie cette réponse")


def spoken_wait(seconds: int, language: Language) -> str:
    """How long *seconds* are to a person: rounded up, in the unit they count two of."""
    for unit, length_s in ((DAYS, 86_400), (HOURS, 3_600), (MINUTES, 60)):
        if seconds >= 2 * length_s:
            return unit.in_(language).format(count=-(-seconds // length_s))
    return SECONDS.in_(language).format(count=seconds)
