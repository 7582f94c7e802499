"""Types of options that many steps share, each with its help text."""

from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from triptych.job.step import Input, Output

# No section of the parameters validates these options, so the command line does.
Positive = Annotated[int, Parameter(validator=Number(gte=1))]
NotNegative = Annotated[int, Parameter(validator=Number(gte=0))]

Seed = Annotated[int, Parameter(help="Seed of every random draw of this job.")]
Threads = Annotated[Positive, Parameter(help="Threads of torch.")]
Processes = Annotated[Positive, Parameter(help="Processes of the training, one for each GPU.")]
Resamples = Annotated[Positive, Parameter(help="Bootstrap samples behind each interval.")]
Dataset = Annotated[str, Parameter(help="Name of the data set that was used.")]

Weights = Annotated[Output, Parameter(help="Write the trained weights (safetensors).")]
History = Annotated[Output, Parameter(help="Write the training history (CSV).")]
Tolerances = Annotated[
    Input, Parameter(help="Read the largest differences that count as agreement (CSV).")
]
Claims = Annotated[Output, Parameter(help="Write the claims with their verdicts (CSV).")]
Metrics = Annotated[Output, Parameter(help="Write the numbers that DVC compares (JSON).")]
Findings = Annotated[Output, Parameter(help="Write the findings (Markdown).")]

# The options of a section without its name: --steps 40, not --training.steps 40.
Flat = Parameter(name="*")
