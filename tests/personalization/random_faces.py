"""Photos of one person that are random pixels, and what is said of them."""

import numpy as np

from triptych.data.encoded import as_png
from triptych.data.faces import Faces, Photo, save

QUESTION = "Describe this person"
SMILES = "a person who smiles"


def save_random_faces(folder, person, count, description=SMILES, seed=0):
    """Save photos of one person: random pixels, each photo brighter than the last."""
    rng = np.random.default_rng(seed)
    brightness = np.linspace(0.3, 1, count).reshape(-1, 1, 1, 1)
    images = rng.integers(0, 256, (count, 24, 24, 3)) * brightness
    photos = [
        Photo(person, f"{person}/{person}_{number:04d}", as_png(image), description)
        for number, image in enumerate(images.astype(np.uint8))
    ]
    path = folder / f"{person}.safetensors"
    save("drawn_faces", photos, path)
    return Faces(path)
