"""Synthetic features of persons, photos and images, with a known order of the rows."""

from pathlib import Path

import numpy as np

from triptych.personalization.features import (
    Described,
    Extractor,
    Features,
    IdentityNetwork,
    Separation,
)
from triptych.personalization.methods import FINETUNED, VARIANTS
from triptych.personalization.raw import Generated

PUBLISHED = Path(__file__).parents[2] / "data" / "published"
# The differences that were planned, and the smallest effects worth naming.
PLANNED = {name: PUBLISHED / "personalization" / f"{name}.csv" for name in ("contrasts", "effects")}
# How much of a person is in an image, by row: 1 is as much as in a photo.
SKILL = {
    "dreambooth": 0.9,
    "ip_adapter": 0.6,
    "ip_adapter_max_pool": 0.4,
    "ip_adapter_avg_pool": 0.7,
    "ip_adapter_self_attention": 0.8,
    "text_only": 0.0,
    "ip_adapter_other_person": 0.6,
    "ip_adapter_finetuned": 0.75,
    "ip_adapter_face": 0.7,
    "dreambooth_lora": 0.85,
}
AUTOENCODED_SKILL = 0.8
_DIMENSION, _CLASSES, _IDENTITY = 6, 5, 16


def person_names(count):
    """Names in alphabetical order."""
    return tuple(f"Person_{number:02d}" for number in range(count))


def features_of(
    rows=VARIANTS,
    *,
    seeds=1,
    persons=5,
    photos=4,
    references=3,
    images=4,
    extractor="face_network",
    dataset="drawn_faces",
    resolution=32,
    seed=0,
    luck=0.0,
    measured=False,
):
    """Synthetic features of photos and images; the images of a row have its skill.

    The images of ``ip_adapter_other_person`` look like the next person. Of the fine-tuned rows
    there are several trainings, whose skills differ by ``luck``. ``measured`` adds fidelity
    and detected faces.
    """
    everyone = person_names(persons)
    generator = np.random.default_rng(seed)
    faces = {name: generator.normal(size=_IDENTITY) for name in everyone}
    real = _describe(
        generator, faces, [name for name in everyone for _ in range(photos)], 1.0, measured
    )
    photo_names = tuple(f"{name}/{name}_{i:04d}" for name in everyone for i in range(photos))
    generated, targets = {}, {}
    for name in trained(rows, seeds):
        variant = name.split(".")[0]
        whom = [name for name in everyone for _ in range(images)]
        look = faces
        if variant == "ip_adapter_other_person":
            shifted = (*everyone[1:], everyone[0])
            look = {name: faces[other] for name, other in zip(everyone, shifted, strict=True)}
        skill = SKILL[variant] + (luck * generator.normal() if luck else 0)
        generated[name] = _describe(generator, look, whom, skill, measured, measured)
        held_out = range(references, photos)
        targets[name] = tuple(
            f"{name}/{name}_{held_out[i % len(held_out)]:04d}"
            for name in everyone
            for i in range(images)
        )
    autoencoded = _describe(generator, faces, real.persons, AUTOENCODED_SKILL, measured)
    return Features(
        dataset=dataset,
        resolution=resolution,
        extractor=Extractor(extractor, "ab" * 32, _DIMENSION),
        identity_network=IdentityNetwork(0.95, 0.9, 30, "face_network", "cd" * 32),
        image_encoder=Separation(0.8, 0.5, 30),
        photos=real,
        photo_names=photo_names,
        references={
            name: tuple(f"{name}/{name}_{i:04d}" for i in range(references)) for name in everyone
        },
        generated=generated,
        targets=targets,
        autoencoded=autoencoded,
    )


def trained(rows, seeds):
    """Names of rows, with every training of the fine-tuned ones."""
    for row in rows:
        yield row
        if row in FINETUNED:
            yield from (f"{row}.seed{seed}" for seed in range(1, seeds))


def only_number(scores, row, metric):
    """A number of a row that is trained once."""
    (number,) = scores[row, metric].number.by_seed.values()
    return number


def generated_images(variant, *, persons=3, images=2, side=8, named=False):
    """The images of one row, each of one color, unique for row, person and number."""
    everyone = person_names(persons)
    order = [(name, number) for name in everyone for number in range(images)]
    colors = [
        (20 * VARIANTS.index(variant), 10 * everyone.index(name), 100 + number)
        for name, number in order
    ]
    # DreamBooth's prompts name the person by the rare word.
    word = "sks person" if variant == "dreambooth" else "person"
    return Generated(
        row=variant,
        persons=tuple(name for name, _ in order),
        targets=tuple(f"{name}/{name}_{3 + number:04d}" for name, number in order),
        prompts=tuple(f"a {word} by light {number}" for _, number in order),
        seeds=tuple(1000 * everyone.index(name) + number for name, number in order),
        references={name: tuple(f"{name}/{name}_{i:04d}" for i in range(3)) for name in everyone},
        images=np.stack([np.full((side, side, 3), color, np.uint8) for color in colors]),
        weights={},
    )


def _describe(generator, faces, whom, skill, faced=False, prompted=False):
    count = len(whom)
    look = np.stack([faces[name] for name in whom])
    identity = skill * look + generator.normal(size=look.shape) * 0.7
    features = identity[:, :_DIMENSION] + (1 - skill) + generator.normal(size=(count, _DIMENSION))
    logits = 2 * look[:, :_CLASSES] + generator.normal(size=(count, _CLASSES))
    odds = np.exp(logits)
    return Described(
        persons=tuple(whom),
        features=features.astype(np.float32),
        probabilities=(odds / odds.sum(axis=1, keepdims=True)).astype(np.float32),
        identity=(identity / np.linalg.norm(identity, axis=1, keepdims=True)).astype(np.float32),
        fidelity_by_chance=np.full(count, skill / 2, np.float32) if prompted else None,
        face_found=np.arange(count) % 4 < 3 if faced else None,
        fidelity=np.full(count, skill if prompted else np.nan, np.float32),
    )
