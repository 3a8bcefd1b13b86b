"""Words by which a class of the benchmark is also named, and phrases with its words that name something else.

A form has the class's own words in another order or inflection; synonyms ("dog" for Canidae) are not taken, nor is one
of several words, unless it names nothing else. Patterns are matched against normalised text, as whole words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """A pattern of words, what it matches, and the reason for its row."""

    pattern: str
    example: str
    reason: str


FORMS: Mapping[str, tuple[Words, ...]] = {
    "Applause": (Words(r"applaud(?:s|ing|ed)?", "applauding", "the verb"),),
    "Basketball_bounce": (
        Words(r"(?:bouncing|bounced|bounces) (?:a |the )?basketballs?", "bouncing basketball", "in another order"),
        Words(r"basketballs? (?:is |are |being )*(?:bouncing|bounces|bounced)", "basketball bouncing", "the verb"),
        Words(r"basketballs?", "basketball", "names nothing else here"),
    ),
    "Brass_instrument": (Words(r"brass", "brass", "names nothing else here"),),
    "Chewing": (Words(r"chew(?:s|ed)?", "chews", "the verb"),),
    "Chopping_food": (
        Words(r"food (?:is |being )*chopp(?:ing|ed)", "food being chopped", "in another order"),
        Words(r"chop(?:s|ped)? (?:some |the )?food", "chops food", "the verb"),
    ),
    "Cattle": (Words(r"cattle dogs?", "cattle dog", "a dog"),),
    "Clapping": (Words(r"clap(?:s|ped)?", "claps", "the verb"),),
    "Crying": (Words(r"cr(?:y|ies|ied)", "cries", "the verb"),),
    "Explosion": (Words(r"explod(?:es?|ed|ing)", "explodes", "the verb"),),
    "Finger_snapping": (
        Words(r"fingers? (?:is |are |being )*snap(?:s|ping|ped)?", "finger snap", "the verb"),
        Words(r"snap(?:s|ping|ped)? (?:of |his |her |their |the |a )*fingers?", "snapping fingers", "in another order"),
    ),
    "Frying_food": (
        Words(r"food (?:is |being )*(?:frying|fried)", "food frying", "in another order"),
        Words(r"fr(?:y|ies|ied) (?:some |the )?food", "fries food", "the verb"),
        Words(r"frying(?! pans?\b)", "frying", "names nothing else here but a frying pan"),
    ),
    "Hair_dryer": (Words(r"hair[ -]?driers?", "hair drier", "the other spelling"),),
    "Keyboard_musical": (
        Words(r"musical keyboards?", "musical keyboard", "in another order; without 'musical' it may be a computer's"),
    ),
    "Laughter": (Words(r"laugh(?:s|ed|ing)?", "laughing", "the verb"),),
    "Rain": (Words(r"rain(?:s|ing|ed|y|fall)", "raining", "the verb"),),
    "Roaring_cats": (
        Words(r"cats? (?:is |are )?roar(?:s|ing|ed)?", "cats roaring", "in another order"),
        Words(r"big cats?", "big cat", "AudioSet's 'Roaring cats (lions, tigers)' are the big cats"),
    ),
    "Shuffling_cards": (
        Words(r"shuffl(?:es?|ed|ing) (?:of |a |the |some |playing |deck )*cards?", "shuffles the cards", "the verb"),
        Words(r"cards? (?:is |are |being )*shuffl(?:es?|ed|ing)", "cards being shuffled", "in another order"),
    ),
    "Singing": (Words(r"(?:sings?|sang)", "sings", "the verb"),),
    "Typing": (Words(r"typed", "typed", "the verb; 'types' and 'type' are mostly kinds"),),
    "Walk": (Words(r"walk(?:ing|ed)", "walking", "the verb"),),
    "Writing": (Words(r"(?:writes?|wrote)", "writes", "the verb"),),
}
"""Further words of a class, by class name."""

OTHERS: Mapping[str, tuple[Words, ...]] = {
    "Arrow": (Words(r"arrow keys?", "arrow keys", "of a keyboard"),),
    "Bell": (
        Words(r"bell peppers?", "bell pepper", "a vegetable"),
        Words(r"bell bottoms?", "bell bottoms", "trousers"),
    ),
    "Bird": (
        Words(r"bird's[ -]eye", "bird's eye", "a view"),
        Words(r"birds? (?:of paradise|baths?|cages?|houses?)", "bird cage", "a plant or a thing"),
    ),
    "Cat": (
        Words(r"big cats?", "big cat", "lions and tigers, which are Roaring_cats"),
        Words(r"cat ?walks?", "cat walk", "a stage"),
    ),
    "Clapping": (Words(r"thunder claps?|claps? of thunder", "clap of thunder", "the weather"),),
    "Dishes": (
        Words(r"(?:\w+(?:ious|ty|ry)|main|side|pasta|rice|signature) dish(?:es)?", "delicious dish", "food"),
        Words(r"(?:prepar|cook|mak)(?:e|es|ing) (?:a |the )?(?:\w+ )?dish", "make a dish", "food"),
        Words(r"satellite dish(?:es)?", "satellite dish", "an aerial"),
    ),
    "Door": (Words(r"door ?bells?", "door bell", "a bell"),),
    "Fire": (
        Words(
            r"fire[ -]?(?:trucks?|engines?|alarms?|fighters?|fighting|works?|places?|flies|fly|arms?)",
            "fire truck",
            "not a fire",
        ),
        Words(r"(?:gun|cannon|rapid) fire", "gun fire", "shots"),
        Words(r"fires? (?:a|an|the|his|her|at|off)\b|fire extinguishers?", "fires a", "shots, or what puts one out"),
    ),
    "Frog": (Words(r"frog ?m[ae]n", "frog man", "a diver"),),
    "Glass": (
        Words(
            r"(?:wear(?:s|ing)?|in|and|has|his|her|their|sun|eye|reading|safety|rimmed|framed)[ -](?:\w+ )?glasses",
            "wearing glasses",
            "on a face",
        ),
        Words(r"with (?!(?:wine|water|beer|clinking) )(?:[\w-]+ )?glasses", "with glasses", "on a face"),
        Words(r"pairs? of glasses", "pair of glasses", "on a face"),
        Words(
            r"glasses (?:on|over) (?:\w+(?:'s)? ){0,3}(?:face|head|nose|eyes)", "glasses on a man's face", "on a face"
        ),
        Words(r"glass(?:es)? of \w+", "glass of water", "a drink"),
        Words(
            r"glass(?= (?:doors?|windows?|tables?|bottles?|bowls?|jars?|panels?|walls?|cases?)\b)",
            "glass window",
            "what a thing is made of",
        ),
        Words(r"magnifying glass(?:es)?|looking glass|hour ?glass", "magnifying glass", "an instrument"),
    ),
    "Horse": (
        Words(r"(?:rocking|saw|sea) ?horses?", "rocking horse", "not a horse"),
        Words(r"horse ?(?:power|shoes?|radish)", "horse power", "not a horse"),
    ),
    "Insect": (Words(r"insect (?:repellent|spray)", "insect spray", "a spray"),),
    "Pig": (Words(r"guinea pigs?", "guinea pig", "a rodent"), Words(r"pig ?tails?", "pig tail", "hair")),
    "Rain": (
        Words(r"raining cats and dogs", "raining cats and dogs", "an idiom"),
        Words(r"rain ?(?:forests?|coats?|bows?)", "rain forest", "not rain"),
    ),
    "Sheep": (Words(r"sheep ?dogs?", "sheep dog", "a dog"),),
    "Snake": (Words(r"snake ?(?:skins?|boards?)", "snake skin", "a material or a toy"),),
    "Stream": (
        Words(r"(?:audio|video|visual|sound|media|data|live|input|web|bit)[ -]?streams?", "video stream", "of data"),
        Words(r"steady streams? of (?!water)\w+", "steady stream of sparks", "not of water"),
        Words(r"streams (?:through|from|in|down)", "streams through", "the verb"),
        Words(r"streams? of (?:audio|video|data|consciousness|people|cars|traffic)", "stream of traffic", "not water"),
    ),
    "Tools": (Words(r"(?:editing|software|ai|language|online) tools?", "editing tools", "programs"),),
    "Vehicle": (Words(r"vehicle for", "vehicle for", "a means"),),
    "Walk": (
        Words(
            r"walk(?:s|ing)? (?:you |me )?through (?:the|this|each|my) (?:steps?|options?|reasoning)",
            "walking through the options",
            "an explanation",
        ),
    ),
}
"""Phrases that contain the words of a class and do not name it, by class name."""

ACTIONS = frozenset(
    {"Applause", "Chewing", "Clapping", "Crying", "Finger_snapping", "Laughter", "Singing", "Typing", "Walk", "Writing"}
)
"""Classes that are what somebody does: in "a bird singing" or "a cat crying", the class is who does it."""
