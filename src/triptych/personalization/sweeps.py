"""Rows that repeat other rows with one setting changed: fewer photos, or another scale."""

from collections.abc import Iterator

from triptych.config.personalization import PersonalizationParameters, SamplingParameters
from triptych.config.sweeps import SweepsParameters
from triptych.personalization.methods import RowName


def swept_rows(panel: PersonalizationParameters) -> list[RowName]:
    """Return the rows of all sweeps that equal no other row of the run."""
    if panel.sweeps is None:
        return []
    return [name for name in dict.fromkeys(_named(panel.sweeps)) if same_row(panel, name) == name]


def same_row(panel: PersonalizationParameters, name: RowName) -> RowName:
    """Return the row with the images of a row: itself, or a row with the usual setting.

    One photo, pooled, is the photo of the plain adapter.
    """
    sampling = panel.sampling
    usual = (panel.references, sampling.adapter_scale, sampling.guidance_scale)
    own = (name.references, name.scale, name.guidance)
    if all(value in (None, default) for value, default in zip(own, usual, strict=True)):
        return RowName(name.variant, name.seed)
    pooled = name.variant in ("ip_adapter_max_pool", "ip_adapter_avg_pool")
    if pooled and name.references == 1 and "ip_adapter" in panel.variants:
        return RowName("ip_adapter")
    return name


def sampling_of(panel: PersonalizationParameters, name: RowName) -> SamplingParameters:
    """Return how the images of a row are generated: those of a sweep are fewer."""
    sampling = name.applied(panel.sampling)
    if panel.sweeps is None or not name.is_swept:
        return sampling
    return sampling.model_copy(update={"images_per_person": panel.sweeps.images_per_person})


def _named(sweeps: SweepsParameters) -> Iterator[RowName]:
    if sweeps.references:
        for variant in sweeps.references.rows:
            yield from (RowName(variant, references=n) for n in sweeps.references.values)
    if sweeps.adapter_scale:
        for row in sweeps.adapter_scale.rows:
            yield from (RowName(row, scale=value) for value in sweeps.adapter_scale.values)
    if sweeps.guidance_scale:
        for row in sweeps.guidance_scale.rows:
            yield from (RowName(row, guidance=value) for value in sweeps.guidance_scale.values)
