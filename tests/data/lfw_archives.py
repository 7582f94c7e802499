"""Archives with the layout of Labeled Faces in the Wild, with photos of noise."""

from scene_archives import Files, photo

ARCHIVE = "lfw-deepfunneled-min10.tar"
# Side of a photo, pixels.
SIDE = 25


def path_of(person: str, number: int) -> str:
    return f"lfw-deepfunneled/{person}/{person}_{number:04d}.jpg"


def photos_of(counts: dict[str, int]) -> Files:
    """Photos of noise, the last first."""
    names = [path_of(person, 1 + number) for person, n in counts.items() for number in range(n)]
    return {
        name: photo(SIDE, SIDE, encoding="JPEG", seed=seed)
        for seed, name in reversed(list(enumerate(names)))
    }
