"""Models of the transformers library, as others released them."""

from pathlib import Path
from typing import Any

from triptych.errors import UserError


def load_released(model: Any, entry: str, folder: Path, **options: Any) -> Any:
    """Load a model from local files alone, ready to infer.

    Parameters
    ----------
    model
        Its class.
    entry
        The registry's entry of its files.
    options
        Further options of ``from_pretrained``.

    Raises
    ------
    UserError
        A weight is missing or has another shape: the library would fill it with random numbers
        and report this in its log alone.
    """
    loaded, report = model.from_pretrained(
        folder, use_safetensors=True, local_files_only=True, output_loading_info=True, **options
    )
    lacking = sorted({*report["missing_keys"], *(key for key, *_ in report["mismatched_keys"])})
    if lacking:
        raise UserError(
            expected=f"all weights of {entry}",
            found=f"{len(lacking)} are missing or of another shape, among them {lacking[0]}",
            where=str(folder),
            remedy=f"fetch it again: triptych fetch {entry}",
        )
    return loaded.requires_grad_(False).eval()
