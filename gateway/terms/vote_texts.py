"""What the pages about votes say, in the languages we speak."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gateway.web.texts import Said

LIST = Said("Votes and decisions", "Votes et décisions")
NO_VOTES = Said("Nothing was voted on yet.", "Aucun vote n'a encore eu lieu.")
ABOUT = Said("About", "Objet")
SUBJECT = Said("Which one", "Lequel")
CLOSES_ON = Said("Open until", "Ouvert jusqu'au")
CLOSED_ON = Said("Closed", "Clos le")
VOTED = Said("Voted", "Votes exprimés")
OPTION = Said("Option", "Option")
WEIGHT = Said("Weight in the next round", "Poids au prochain tour")
BY_MEMBERS = Said("One member, one vote", "Un membre, une voix")
DECIDED = Said("Outcome: {outcome}.", "Résultat : {outcome}.")
OVERRIDDEN = Said(
    "Members decided on other weights than the ballots gave: {decision}.",
    "Les membres ont décidé d'autres poids que ceux du scrutin : {decision}.",
)
SECRET = Said(
    "Ballots are secret. When the vote closes, all of them are published without "
    "names, so that anybody can count again, and whose was whose is deleted.",
    "Le vote est secret. À la clôture, tous les bulletins sont publiés sans nom, pour "
    "que chacun puisse recompter, et le lien avec les votants est supprimé.",
)
CHANGED = Said(
    "You may vote again until then: only your last ballot counts.",
    "Vous pouvez voter à nouveau jusque-là : seul votre dernier bulletin compte.",
)
YOURS = Said("You may vote here.", "Vous pouvez voter ici.")
NOT_YOURS = Said(
    "You may not vote here: who may was fixed when the vote opened.",
    "Vous ne pouvez pas voter ici : la liste a été fixée à l'ouverture du vote.",
)
HOW_CREDITS = Said(
    "You have {credits} credits. One vote for an option costs 1, two cost 4, three "
    "cost 9. Where fewer than five people vote, what you put first gets your one vote.",
    "Vous avez {credits} crédits. Une voix pour une option coûte 1, deux coûtent 4, "
    "trois coûtent 9. Si moins de cinq personnes votent, votre premier choix reçoit "
    "votre unique voix.",
)
HOW_MEMBERS = Said("One member, one vote.", "Un membre, une voix.")
ANSWER = Said("Your answer", "Votre réponse")
KEY = Said("Your key (cg_…)", "Votre clé (cg_…)")
SEND = Said("Cast the ballot", "Déposer le bulletin")
RECEIPT = Said("Your ballot is in the box", "Votre bulletin est dans l'urne")
KEEP_IT = Said(
    "Keep this receipt, and show it to nobody: it says how you voted. After the vote "
    "it lets you check that your ballot was counted (`copyfair vote verify`).",
    "Conservez ce reçu et ne le montrez à personne : il dit comment vous avez voté. "
    "Après le vote, il vous permet de vérifier que votre bulletin a été compté "
    "(`copyfair vote verify`).",
)
STEWARDS = Said("Stewards", "Responsables")
COLLECTION = Said("Collection", "Fonds")
UNTIL = Said("Term until", "Mandat jusqu'au")
MAY_ACT = Said("Who may act now", "Qui peut agir")
STEWARD = Said("the steward", "la personne responsable")
DEPUTY = Said(
    "the deputy, since {day}: the steward did nothing for 90 days, or the term is over",
    "la suppléance, depuis le {day} : sans acte pendant 90 jours, ou mandat échu",
)
ANY_MEMBER = Said(
    "any contributor: steward and deputy did nothing for 90 days each (since {day})",
    "toute personne contributrice : ni responsable ni suppléance n'ont agi (depuis le "
    "{day})",
)
ANSWERS: Mapping[str, Said] = MappingProxyType(
    {
        "yes": Said("Yes", "Oui"),
        "no": Said("No", "Non"),
        "abstain": Said("Abstain", "Abstention"),
    }
)
METHODS: Mapping[str, Said] = MappingProxyType(
    {
        "quadratic": Said(
            "Counted quadratically: votes cost their square.",
            "Vote quadratique : les voix coûtent leur carré.",
        ),
        "one-member-one-vote": Said(
            "Fewer than five voted: one member, one vote.",
            "Moins de cinq votants : un membre, une voix.",
        ),
    }
)
OUTCOMES: Mapping[str, Said] = MappingProxyType(
    {
        "accepted": Said("accepted", "adopté"),
        "refused": Said("refused", "rejeté"),
        "no-quorum": Said("no quorum", "quorum non atteint"),
    }
)
MATTERS: Mapping[str, Said] = MappingProxyType(
    {
        "priorities": Said("What comes first", "Ce qui vient d'abord"),
        "ratify-tariff": Said("To ratify a tariff", "Ratifier un tarif"),
        "ratify-policy": Said("To ratify the policies", "Ratifier les règles"),
        "ratify-equivalence": Said(
            "To ratify an equivalence table", "Ratifier une table d'équivalence"
        ),
        "override-weights": Said(
            "To set other weights than a vote gave",
            "Fixer d'autres poids que ceux d'un vote",
        ),
        "admit-member": Said("To admit a member", "Admettre un membre"),
        "release-member": Said("To release a member", "Radier un membre"),
        "appoint-steward": Said("To appoint a steward", "Nommer un responsable"),
        "resolve": Said("A resolution", "Une résolution"),
    }
)
