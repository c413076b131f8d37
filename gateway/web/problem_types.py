"""Every problem type that an answer of ours can name, and its HTTP status.

The `type` of a problem (RFC 9457) is an address below `/_copyfair/problems/`, so
whoever follows it reads what happened and what to do without knowing our
software. Codes are public: add, never rename.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gateway.web.texts import Language, Said

PREFIX = "/_copyfair/problems/"


@dataclass(frozen=True, slots=True)
class ProblemType:
    """One type of problem.

    Attributes:
        status: The HTTP status it comes with.
        title: What it is called; the same each time.
        remedy: What can be done about it.
    """

    status: int
    title: Said
    remedy: Said


PROBLEM_TYPES: Mapping[str, ProblemType] = MappingProxyType(
    {
        "offer": ProblemType(
            402,
            Said("Terms apply to this use", "Cet usage a ses conditions"),
            Said(
                "Read the offer and accept it with one request, or write to the "
                "contact it names. This is not about people, who read freely.",
                "Lisez l'offre et acceptez-la en une requête, ou écrivez au contact "
                "indiqué. La lecture par des personnes est libre et n'est pas visée.",
            ),
        ),
        "identify": ProblemType(
            401,
            Said("This credential does not hold", "Cet identifiant n'est pas valable"),
            Said(
                "Send a valid key or token, or leave it out: reading needs none.",
                "Envoyez une clé ou un jeton valable, ou aucun : la lecture n'en "
                "demande pas.",
            ),
        ),
        "throttle": ProblemType(
            429,
            Said("Too much for now", "Trop pour le moment"),
            Said(
                "Wait a little and try again; the budget refills by itself.",
                "Patientez un peu et réessayez ; le budget se reconstitue seul.",
            ),
        ),
        "deny": ProblemType(
            403,
            Said("Not for this use", "Pas pour cet usage"),
            Said(
                "Ask the contact for a grant, or appeal and name the request id.",
                "Demandez une autorisation au contact, ou contestez en citant "
                "l'identifiant de la requête.",
            ),
        ),
        "redirect": ProblemType(
            303,
            Said("There is a cheaper door", "Il existe un accès moins coûteux"),
            Said("Follow the link.", "Suivez le lien."),
        ),
        "other-spelling": ProblemType(
            308,
            Said("This page has one address", "Cette page n'a qu'une adresse"),
            Said(
                "Follow the link, and use that address from now on.",
                "Suivez le lien, et utilisez désormais cette adresse.",
            ),
        ),
        "bad-request": ProblemType(
            400,
            Said(
                "The request has more than one reading",
                "La requête peut se lire de plusieurs façons",
            ),
            Said(
                "Send a well-formed request, with the address written plainly.",
                "Envoyez une requête bien formée, avec une adresse écrite simplement.",
            ),
        ),
        "invalid-value": ProblemType(
            400,
            Said("A value cannot be used", "Une valeur est inutilisable"),
            Said("Correct it and send it again.", "Corrigez-la et renvoyez-la."),
        ),
        "not-found": ProblemType(
            404,
            Said("There is nothing here", "Il n'y a rien ici"),
            Said(
                "Check the address; /.well-known/copyfair lists what there is.",
                "Vérifiez l'adresse ; /.well-known/copyfair dit ce qui existe.",
            ),
        ),
        "method-not-allowed": ProblemType(
            405,
            Said("Not with this method", "Pas avec cette méthode"),
            Said(
                "Use a method that the Allow field names.",
                "Utilisez une méthode que le champ Allow indique.",
            ),
        ),
        "request-timeout": ProblemType(
            408,
            Said("The request did not arrive", "La requête n'est pas arrivée"),
            Said("Send it again, without a pause.", "Renvoyez-la, sans pause."),
        ),
        "conflict": ProblemType(
            409,
            Said("This was said differently before", "Cela contredit ce qui existe"),
            Said("Look at what exists first.", "Regardez d'abord ce qui existe."),
        ),
        "too-large": ProblemType(
            413,
            Said("Too much to read", "Trop long à lire"),
            Said("Send less.", "Envoyez moins."),
        ),
        "expectation-failed": ProblemType(
            417,
            Said("This cannot be expected here", "Cela ne peut être attendu ici"),
            Said("Leave the Expect field out.", "Retirez le champ Expect."),
        ),
        "target-too-long": ProblemType(
            414,
            Said("The address is too long", "L'adresse est trop longue"),
            Said(
                "Ask with a shorter address, or put the question into a POST.",
                "Utilisez une adresse plus courte, ou posez la question par POST.",
            ),
        ),
        "header-too-large": ProblemType(
            431,
            Said("A line is too long", "Une ligne est trop longue"),
            Said(
                "Shorten the address or the header field.",
                "Raccourcissez l'adresse ou le champ d'en-tête.",
            ),
        ),
        "internal-error": ProblemType(
            500,
            Said("A mistake of ours", "Une erreur de notre part"),
            Said(
                "Tell the steward, and name the request id. Nothing of it is billed.",
                "Signalez-la en citant l'identifiant de la requête. Rien n'est "
                "facturé.",
            ),
        ),
        "misconfigured": ProblemType(
            500,
            Said(
                "The gateway needs its operator",
                "La passerelle a besoin de son exploitant",
            ),
            Said(
                "Tell the steward, and name the request id.",
                "Signalez-le en citant l'identifiant de la requête.",
            ),
        ),
        "not-implemented": ProblemType(
            501,
            Said("Not with this software", "Pas avec ce logiciel"),
            Said("Leave it out.", "Retirez-le."),
        ),
        "upstream-failed": ProblemType(
            502,
            Said("The archive does not answer", "Le fonds ne répond pas"),
            Said(
                "Try again later. Nothing of it is billed.",
                "Réessayez plus tard. Rien n'est facturé.",
            ),
        ),
        "upstream-timeout": ProblemType(
            504,
            Said("The archive is too slow", "Le fonds est trop lent"),
            Said(
                "Try again later. Nothing of it is billed.",
                "Réessayez plus tard. Rien n'est facturé.",
            ),
        ),
        "unavailable": ProblemType(
            503,
            Said("Not at the moment", "Pas pour l'instant"),
            Said(
                "Try again in a while. Reading without a key goes on.",
                "Réessayez dans un moment. La lecture sans clé continue.",
            ),
        ),
        "version-not-supported": ProblemType(
            505,
            Said(
                "Not this version of HTTP",
                "Pas cette version de HTTP",
            ),
            Said("Use HTTP/1.1.", "Utilisez HTTP/1.1."),
        ),
    }
)


CAP_REMEDY = Said(
    "Wait for the next day or month, or raise the cap, which whoever holds the "
    "agreement set: at /_copyfair/agreements, or ask the contact.",
    "Attendez le jour ou le mois suivant, ou relevez le plafond, que le titulaire de "
    "l'accord a fixé : à /_copyfair/agreements, ou demandez au contact.",
)
BUDGET_REMEDIES: Mapping[str, Said] = MappingProxyType(
    {
        "prepaid": Said(
            "Top the balance up to go on: the top-up address says what is left and how "
            "to pay, by transfer or by card. Waiting does not refill it.",
            "Rechargez le solde pour continuer : l'adresse de recharge dit ce qui "
            "reste et comment payer, par virement ou par carte. Attendre ne suffit "
            "pas.",
        ),
        "monthly-cap": Said(
            "Wait for the next month, or ask the contact to raise the limit that you "
            "set yourself; the usage page says what was taken.",
            "Attendez le mois prochain, ou demandez au contact de relever la limite "
            "que vous avez fixée ; la page d'usage dit ce qui a été pris.",
        ),
        **{
            f"{of_key}{counted}-per-{per}": CAP_REMEDY
            for of_key in ("", "key-")
            for counted in ("requests", "bytes", "money")
            for per in ("day", "month", "life")
        },
    }
)
"""What can be done about a limit of an agreement, which is no budget that refills."""


def type_uri(code: str) -> str:
    """The address under which a problem type is explained."""
    return PREFIX + code


def title_of(code: str, language: Language) -> str:
    """What a problem is called."""
    return PROBLEM_TYPES[code].title.in_(language)
