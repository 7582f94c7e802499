"""The cells of Figure 6: one image for each method and person, all of the same request."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from triptych.config.personalization import Variant
from triptych.data.faces import Faces
from triptych.errors import UserError
from triptych.personalization.methods import BY_NAME, PAPER_METHODS, RowName
from triptych.personalization.raw import Generated, read


@dataclass(frozen=True)
class Cell:
    """One generated image of the figure, uint8 (s, s, 3), with its request and its origin.

    Attributes
    ----------
    method, person
        Column and row.
    target, references
        The photo that the image should restore; names of the photos that describe the person.
    file, index
        File of the method's images, and the image's position in it.
    """

    method: Variant
    person: str
    prompt: str
    seed: int
    target: str
    references: tuple[str, ...]
    file: Path
    index: int
    image: NDArray[np.uint8]


def read_columns(paths: Sequence[Path], persons: int) -> dict[Variant, list[Cell]]:
    """Read the cells of every method of the paper in this run, in the paper's order.

    The files of other rows are skipped; at most ``persons`` persons are shown.

    Raises
    ------
    UserError
        There is no method of the paper, or the requests of two methods differ.
    """
    cells = {}
    for path in paths:
        generated = read(path)
        name = RowName.parse(generated.row)
        if name == RowName(name.variant) and name.variant in PAPER_METHODS:
            cells[name.variant] = choose_cells(generated, path, persons)
    if not cells:
        raise UserError(
            expected="the images of at least one method of the paper",
            found=f"{len(paths)} files with other rows only",
            where="the option --generated",
            remedy=f"name the images of at least one of these methods: {', '.join(PAPER_METHODS)}",
        )
    columns = {method: cells[method] for method in PAPER_METHODS if method in cells}
    refuse_unlike(columns)
    return columns


def reference_photos(
    columns: Mapping[Variant, Sequence[Cell]], faces: Faces
) -> list[list[NDArray[np.uint8]]]:
    """Return the photos that describe the person of each row, each photo once.

    Raises
    ------
    UserError
        A photo is missing.
    """
    index = {name: number for number, name in enumerate(faces.names)}
    rows = []
    for cell in plain_column(columns):
        if missing := sorted(set(cell.references) - set(index)):
            raise UserError(
                expected=f"the photos from which {cell.file} was generated",
                found=f"no {missing[0]}",
                where=str(faces.path),
                remedy="generate the images again from these photos",
            )
        rows.append([faces.image(index[name]) for name in dict.fromkeys(cell.references)])
    return rows


def choose_cells(generated: Generated, file: Path, persons: int) -> list[Cell]:
    """Take the first image of each of the first persons, in alphabetical order."""
    chosen = sorted(set(generated.persons))[:persons]
    return [
        Cell(
            method=RowName.parse(generated.row).variant,
            person=person,
            prompt=generated.prompts[index],
            seed=generated.seeds[index],
            target=generated.targets[index],
            references=tuple(generated.references[person]),
            file=file,
            index=index,
            # A copy, so that the other images can leave the memory.
            image=generated.images[index].copy(),
        )
        for person in chosen
        for index in [generated.persons.index(person)]
    ]


def refuse_unlike(columns: Mapping[Variant, Sequence[Cell]]) -> None:
    """Refuse rows whose cells have different requests.

    Person, held-out photo, seed and references must be equal. The prompts must be equal, too,
    but DreamBooth's has the person's rare word in addition.

    Raises
    ------
    UserError
        Two methods differ; the error names both and the difference.
    """
    plain = plain_column(columns)
    for cells in columns.values():
        if len(cells) != len(plain):
            raise _unlike(f"{len(plain)} persons", f"{len(cells)} persons", plain[0], cells[0])
        for expected, cell in zip(plain, cells, strict=True):
            for part in ("person", "target", "seed", "references"):
                wanted, actual = getattr(expected, part), getattr(cell, part)
                if wanted != actual:
                    raise _unlike(f"{part} {wanted}", f"{part} {actual}", expected, cell)
            if not _same_prompt(expected, cell):
                raise _unlike(f"prompt: {expected.prompt}", cell.prompt, expected, cell)


def plain_column(columns: Mapping[Variant, Sequence[Cell]]) -> Sequence[Cell]:
    """Return the cells of the first method whose prompts are unchanged captions."""
    adapters = [cells for method, cells in columns.items() if not _names_person(method)]
    return next(iter(adapters or columns.values()))


def cells_table(columns: Mapping[Variant, Sequence[Cell]]) -> pd.DataFrame:
    """Return the origin of each cell of the figure.

    The columns are row (from 0), method, person, prompt, seed, target, file, index (in the file)
    and sha256 (of the pixels, row by row).
    """
    rows = [
        {
            "row": number,
            "method": cell.method,
            "person": cell.person,
            "prompt": cell.prompt,
            "seed": cell.seed,
            "target": cell.target,
            "file": cell.file.as_posix(),
            "index": cell.index,
            "sha256": hashlib.sha256(cell.image.tobytes()).hexdigest(),
        }
        for cells in columns.values()
        for number, cell in enumerate(cells)
    ]
    return pd.DataFrame(rows).sort_values("row", kind="stable")


def _same_prompt(plain: Cell, cell: Cell) -> bool:
    if _names_person(cell.method):
        return set(plain.prompt.split()) <= set(cell.prompt.split())
    return plain.prompt == cell.prompt


def _names_person(method: Variant) -> bool:
    """Return whether a method's prompts contain the person's rare word."""
    return BY_NAME[method].tuned_per_person


def _unlike(expected: str, found: str, first: Cell, cell: Cell) -> UserError:
    return UserError(
        expected=f"the request of {first.method}, {expected}",
        found=found,
        where=f"{cell.file}, image {cell.index}",
        remedy="generate the images of both methods again, with the same parameters",
    )
