"""A run in the forms that reviewers know: summary, appendix, methods, letters to the authors."""

from typing import Literal

Part = Literal["reproducibility", "appendix", "methods", "letters"]
