"""A small ontology with the peculiarities of AudioSet: several parents, restricted labels, labels below classes."""

# name: its children; "!" marks blacklisted, "?" abstract. Ids are made of the names.
ONTOLOGY = {
    "Animal": ["Pets", "Reptile"],
    "Pets": ["Dog", "Canidae, wolves", "Cat"],
    "Dog": ["Bark", "Growl"],
    "Canidae, wolves": [],
    "Cat": ["Meow", "Growl", "Hiss", "Fusillade!"],
    "Reptile": ["Snake"],
    "Snake": ["Hiss", "Rattle"],
    "Things?": ["Vehicle", "Alarm", "Home?"],
    "Vehicle": ["Car", "Horn", "Odd!"],
    "Car": ["Race car"],
    "Alarm": ["Horn", "Siren"],
    "Home?": ["Frying (food)", "Clap"],
    "Human": ["Hands"],
    "Hands": ["Clap"],
    "Siren": ["Police siren"],
    **{leaf: [] for leaf in ("Bark", "Growl", "Meow", "Hiss", "Fusillade!", "Rattle", "Horn", "Odd!", "Race car")},
    **{leaf: [] for leaf in ("Frying (food)", "Clap", "Police siren")},
}

TAXONOMY = """id,name,action,class,because,reason
/Animal,Animal,remove,,ambiguous,a container
/Pets,Pets,remove,,ambiguous,a container
/Dog,Dog,merge,Canidae,,the same animals
/Canidae,Canidae,keep,Canidae,,the animal
/Cat,Cat,keep,Cat,,the animal
/Reptile,Reptile,remove,,ambiguous,a container
/Snake,Snake,keep,Snake,,the animal
/Vehicle,Vehicle,collapse,Vehicle,,one visible category
/Alarm,Alarm,remove,,actionless,nothing moves
/Siren,Siren,remove,,actionless,nothing moves
/Frying,Frying,keep,Frying_food,,the pan
/Human,Human,remove,,ambiguous,a container
/Hands,Hands,remove,,ambiguous,a container
/Clap,Clap,keep,Clapping,,the hands
"""


def label_id(name: str) -> str:
    """Make the id of a label: `/Frying` for `Frying (food)`."""
    return "/" + name.rstrip("!?").split(",")[0].split(" (")[0].replace(" ", "_")
