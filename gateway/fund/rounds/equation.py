"""The value equation: a round's formula in words, English and French.

It is published with each round, and made from the terms alone: words that do not fit
the rule they stand beside are found by whoever computes the round again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gateway.fund.rounds.inputs import ALIKE, BY_CREDITS
from gateway.fund.rounds.terms import EQUAL, Terms


@dataclass(frozen=True, slots=True)
class Equation:
    """A formula in words.

    Attributes:
        en: In English.
        fr: In French.
    """

    en: str
    fr: str


SCORES: Mapping[str, Equation] = MappingProxyType(
    {
        "proportional": Equation(
            "the voice they were given, added up",
            "la somme des voix reçues",
        ),
        "quadratic": Equation(
            "2 × the sum, over every two givers, of the root of what one gave × the"
            " root of what the other gave (Buterin, Hitzig and Weyl)",
            "2 × la somme, pour chaque paire de donneurs, du produit des racines de"
            " leurs voix (Buterin, Hitzig et Weyl)",
        ),
        "capital-constrained": Equation(
            "α × (the sum of the roots of the voices)² + (1 − α) × the sum of the"
            " voices, with α = {alpha}",
            "α × (la somme des racines des voix)² + (1 − α) × la somme des voix, avec"
            " α = {alpha}",
        ),
        "pairwise": Equation(
            "as the quadratic rule, each pair of givers weighted by"
            " M ÷ (M + what they agree on everywhere), with M = {bound} hundredths of"
            " a credit: no pair moves more than 2 M",
            "comme la règle quadratique, chaque paire de donneurs pesant"
            " M ÷ (M + leur accord total), avec M = {bound} centièmes de crédit :"
            " aucune paire ne déplace plus de 2 M",
        ),
        "cluster-match": Equation(
            "2 × the sum, over every two groups, of the root of what one gave × the"
            " root of what the other gave; agreement within a group adds nothing, and"
            " who shares a group with the other counts with their root only",
            "2 × la somme, pour chaque paire de groupes, du produit des racines de"
            " leurs voix ; l'accord au sein d'un groupe n'ajoute rien, et qui partage"
            " un groupe avec l'autre ne compte que par sa racine",
        ),
        "conviction": Equation(
            "the sum over voices x that stood for t days of x × (1 − αᵗ) ÷ (1 − α),"
            " with α = {kept}: what lasts counts more",
            "la somme, pour chaque voix x maintenue t jours, de"
            " x × (1 − αᵗ) ÷ (1 − α), avec α = {kept} : ce qui dure compte davantage",
        ),
        "balanced": Equation(
            "how far what earlier rounds gave them is below their share, by voice, of"
            " all that was ever given and is given now",
            "l'écart entre ce que les tours précédents leur ont donné et leur part,"
            " selon les voix, de tout ce qui fut et est distribué",
        ),
        "flow": Equation(
            "the share of all credit that stays with them when it flows from giver to"
            " receiver, of which {damping} flows on at each step",
            "la part du crédit total qui reste chez eux lorsqu'il coule du donneur au"
            " receveur, dont {damping} continue à chaque pas",
        ),
        "shapley": Equation(
            "their Shapley value where each giver's voice needed all whom they named:"
            " these share it equally",
            "leur valeur de Shapley, la voix de chaque donneur ayant eu besoin de tous"
            " ceux qu'il a nommés : ils la partagent également",
        ),
    }
)
VOICE = {
    BY_CREDITS: Equation(
        "Voice is vested credit of the last 12 months, hundredths of a credit, one"
        " purse for each beneficial owner.",
        "La voix est le crédit acquis des 12 derniers mois, en centièmes de crédit, une"
        " bourse par bénéficiaire effectif.",
    ),
    ALIKE: Equation(
        "Everybody with vested credit of the last 12 months has the same voice, one"
        " purse for each beneficial owner.",
        "Quiconque a du crédit acquis des 12 derniers mois a la même voix, une bourse"
        " par bénéficiaire effectif.",
    ),
}
DIVIDED = Equation(
    "The pool is divided among the options by the vote's weights, and each option's"
    " part among its recipients in proportion to: {score}. Nobody gets more than"
    " {cap_share} of an option's part; who would get less than {minimum} gets nothing;"
    " what that leaves goes to the reserve. Largest remainder.",
    "La caisse est divisée entre les options selon les poids du vote, et la part de"
    " chaque option entre ses destinataires en proportion de : {score}. Personne ne"
    " reçoit plus de {cap_share} de la part d'une option ; qui recevrait moins de"
    " {minimum} ne reçoit rien ; ce qui reste va à la réserve. Plus fort reste.",
)
YEARLY = Equation(
    "Everybody with vested credit of the last 12 months gets the same, each beneficial"
    " owner once. Largest remainder.",
    "Quiconque a du crédit acquis des 12 derniers mois reçoit la même part, une fois"
    " par bénéficiaire effectif. Plus fort reste.",
)


def equation(terms: Terms, purse: str) -> Equation:
    """A round's formula.

    Args:
        terms: Rule and parameters.
        purse: `credits`, or `equal`.
    """
    if terms.rule == EQUAL:
        return YEARLY
    score, voice, told = SCORES[terms.rule], VOICE[purse], dict(terms.told())
    en = DIVIDED.en.format(score=score.en.format(**told), **told)
    fr = DIVIDED.fr.format(score=score.fr.format(**told), **told)
    return Equation(f"{voice.en} {en}", f"{voice.fr} {fr}")
