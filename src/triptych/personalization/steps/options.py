"""Types of the options that several steps of panel 3 share, each documented once."""

from typing import Annotated

from cyclopts import Parameter

from triptych.config.personalization import DreamBoothParameters, FaceDataset, SamplingParameters
from triptych.job.options import Positive
from triptych.job.step import Input, OptionalInputs, Output

LearnedPhotos = Annotated[Input, Parameter(help="Read the photos to learn from.")]
TestPhotos = Annotated[Input, Parameter(help="Read the photos of the test persons.")]
Captions = Annotated[Input, Parameter(help="Read the captions of these photos (CSV).")]
Base = Annotated[Input, Parameter(help="Read the manifest of the base model.")]
ClassImages = Annotated[
    Input, Parameter(help="Read the images of the class, for prior preservation.")
]
Generated = Annotated[Output, Parameter(help="Write the generated images (safetensors).")]

Resolution = Annotated[Positive, Parameter(help="Side of an image, pixels.")]
References = Annotated[Positive, Parameter(help="Number of photos that describe a person.")]
DivisionSeed = Annotated[
    int, Parameter(help="Seed of the choice of these photos, the same for every row.")
]
Job = Annotated[
    int,
    Parameter(
        help="Position of this job among the jobs, from 0; each takes a share of the persons."
    ),
]
TrainingSeed = Annotated[
    int, Parameter(help="Seed of the fine-tuning; each person's seed is derived from it.")
]
SnrGamma = Annotated[
    float | None,
    Parameter(
        help="Signal-to-noise ratio above which a time step counts less. "
        "Without it all time steps count the same."
    ),
]
Sampling = Annotated[
    SamplingParameters, Parameter(name="sampling", help="Scheduler, guidance and number of images.")
]
DreamBooth = Annotated[
    DreamBoothParameters,
    Parameter(name="dreambooth", help="Recipe of DreamBooth and number of its jobs."),
]

Scores = Annotated[Input, Parameter(help="Read the scores (CSV).")]
Comparisons = Annotated[Input, Parameter(help="Read the differences between the rows (CSV).")]
Seeds = Annotated[Input, Parameter(help="Read the scores of every training (CSV).")]
Contrasts = Annotated[Input, Parameter(help="Read the differences that were planned (CSV).")]
Effects = Annotated[Input, Parameter(help="Read the smallest effects worth naming (CSV).")]
Classified = Annotated[
    OptionalInputs,
    Parameter(help="Read class scores of real photos by classifiers of ImageNet (CSV)."),
]
Networks = Annotated[Input, Parameter(help="Read which networks judged the images (CSV).")]
PublishedTable = Annotated[Input, Parameter(help="Read the paper's Table 1 (CSV).")]
Features = Annotated[Input, Parameter(help="Read the features of all images (safetensors).")]
Figure = Annotated[Output, Parameter(help="Write the figure (PNG).")]
SettingInWords = Annotated[str, Parameter(help="Data set, resolution and models in words.")]
Faces = Annotated[FaceDataset, Parameter(help="Data set of the faces.")]
Source = Annotated[
    str, Parameter(help="The registry's entry of the model, its hub id, trained or folder.")
]
Persons = Annotated[Positive, Parameter(help="Largest number of persons in the figure.")]
