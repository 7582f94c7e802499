"""Parameters of panel 1: Schöttle et al. 2018."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import BeforeValidator, Field, Tag, model_validator

from triptych.config.section import (
    Accumulate,
    Section,
    by_key,
    equal_pieces,
    named_once,
    rising,
)


def _listed(epsilons: Any) -> Any:
    """Write out ``{from, to, step}`` in exact decimals, so that 0.07 is the float 0.07."""
    if not isinstance(epsilons, Mapping):
        return epsilons
    try:
        first, last, step = (Decimal(str(epsilons[key])) for key in ("from", "to", "step"))
        steps = (last - first) / step
        fits = 0 < first <= last <= 1 and 0 < step <= 1 and steps <= 1000 and steps % 1 == 0
    except (KeyError, ArithmeticError):
        fits = False
    if not fits or len(epsilons) != 3:
        raise ValueError(
            "a list, or from, to and step: numbers with 0 < from <= to <= 1, with a whole number"
            " of steps between them, at most 1,000"
        )
    return [float(first + index * step) for index in range(int(steps) + 1)]


Epsilon = Annotated[float, Field(gt=0, le=1)]
Epsilons = Annotated[
    tuple[Epsilon, ...],
    Field(min_length=1),
    BeforeValidator(_listed),
    rising("epsilons"),
]
NetworkName = Literal["natural", "secret"]
ThresholdReading = Literal["as_written", "as_published"]
# The recipe of a network that was not trained here.
RELEASED = "the released weights"
RELEASED_WIDTH = 1.0
NETWORK_NAMES: tuple[NetworkName, ...] = get_args(NetworkName)


class AdversaryParameters(Section):
    """Projected gradient descent inside the training loop (Madry et al. 2018, Equation 2.1)."""

    epsilon: Epsilon = Field(description="Largest change of a pixel (L-infinity), in [0, 1].")
    steps: int = Field(ge=1, le=1000, description="Gradient steps for each training batch.")
    step_size: float = Field(gt=0, le=1, description="Change of a pixel in one step.")
    ramp: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Share of the training over which epsilon and step size grow to their values.",
    )


class RestartParameters(Section):
    """A second, shorter half cosine after the first (Loshchilov and Hutter 2017)."""

    steps: int = Field(ge=1, le=1_000_000, description="Further optimizer steps.")
    learning_rate: float = Field(gt=0, le=1, description="Learning rate at the restart.")


class TrainingParameters(Section):
    """How one network is trained (Adam, cross-entropy)."""

    recipe: str = Field(min_length=1, description="Name of the recipe, shown with its numbers.")
    steps: int = Field(ge=1, le=1_000_000, description="Optimizer steps.")
    batch_size: int = Field(50, ge=1, le=10_000, description="Images in a step.")
    accumulate: Accumulate = 1
    learning_rate: float = Field(gt=0, le=1, description="Adam's highest learning rate.")
    schedule: Literal["constant", "cosine"] = Field(
        "cosine",
        description="Learning rate over the training: constant, or a half cosine down to zero.",
    )
    log_every: int = Field(500, ge=1, description="Steps between two rows of history.csv.")
    checkpoint_every: int = Field(500, ge=1, description="Steps between two checkpoints.")
    adversary: AdversaryParameters | None = Field(
        None, description="Train on adversarial examples; null trains on clean images."
    )
    restart: RestartParameters | None = Field(
        None,
        description="Continue from the trained weights with a new optimizer; null: end.",
    )

    _equal_pieces = model_validator(mode="after")(equal_pieces)

    @property
    def all_steps(self) -> int:
        """All optimizer steps, those after the restart included."""
        return self.steps + (self.restart.steps if self.restart else 0)


class ReleasedNetwork(Section):
    """Take the published weights instead of training."""

    recipe: ClassVar[str] = RELEASED

    released: Literal["madry_natural", "madry_secret"] = Field(
        description="Entry of the registry that holds the TensorFlow checkpoint."
    )


NetworkSource = Annotated[
    Annotated[TrainingParameters, Tag("<TrainingParameters>")]
    | Annotated[ReleasedNetwork, Tag("<ReleasedNetwork>")],
    by_key(TrainingParameters, released=ReleasedNetwork),
]


class NetworksParameters(Section):
    """The two networks of the paper (Section 4)."""

    width: float = Field(gt=0, le=4, description="Channels relative to Madry's network.")
    validation_images: int = Field(
        ge=0,
        description="Last training images, held out for the validation column of history.csv.",
    )
    natural: NetworkSource
    secret: NetworkSource

    @model_validator(mode="after")
    def _released_weights_have_one_width(self) -> "NetworksParameters":
        released = isinstance(self.natural, ReleasedNetwork) or isinstance(
            self.secret, ReleasedNetwork
        )
        if released and self.width != RELEASED_WIDTH:
            raise ValueError(
                f"width must be {RELEASED_WIDTH:g} where weights are released: they have no other"
            )
        return self


class PgdParameters(Section):
    """Projected gradient descent as it is evaluated (Equation 2)."""

    steps: int = Field(ge=1, le=10_000, description="Gradient steps.")
    step_size: float = Field(gt=0, le=1, description="Change of a pixel in one step.")
    batch_size_cpu: int = Field(ge=1, description="Images in a batch on a CPU.")
    batch_size_cuda: int = Field(ge=1, description="Images of all epsilons in a batch on a GPU.")


class AttackParameters(Section):
    """The attacks."""

    epsilons: Epsilons = Field(description="Attack strengths in [0, 1]; also {from, to, step}.")
    test_images: int = Field(ge=1, le=10_000, description="First images of the test set.")
    pgd: PgdParameters
    chunks: int = Field(ge=1, le=50, description="Jobs that share the epsilons of a network.")

    @model_validator(mode="after")
    def _no_chunk_is_empty(self) -> "AttackParameters":
        if self.chunks > len(self.epsilons):
            raise ValueError(f"chunks must be at most the number of epsilons, {len(self.epsilons)}")
        return self


class DetectorParameters(Section):
    """The filter of Section 3."""

    calibration_images: int = Field(
        ge=1, le=60_000, description="First training images that set the threshold."
    )


class ControlParameters(Section):
    """The same attack without its random start, which the paper does not show."""

    epsilons: Epsilons = Field(description="Strengths of the control; also {from, to, step}.")


class ConvergenceParameters(Section):
    """More steps, more starts, and an attack without gradients, each on a few images."""

    epsilons: Epsilons = Field(description="Attack strengths in [0, 1]; also {from, to, step}.")
    test_images: int = Field(ge=1, le=1000, description="First images of the test set.")
    steps: tuple[Annotated[int, Field(ge=1, le=10_000)], ...] = Field(
        min_length=1, description="Gradient steps, from one start."
    )
    restarts: tuple[Annotated[int, Field(ge=1, le=1000)], ...] = Field(
        min_length=1, description="Random starts, each with the steps of the attack."
    )
    queries: int = Field(
        ge=1,
        le=1_000_000,
        description="Scores of an image that the attack without gradients asks for.",
    )


class AdaptiveParameters(Section):
    """The attack that knows the detector; the paper has none."""

    epsilons: Epsilons = Field(
        description="Attack strengths; both attacks are compared where both have one."
    )
    readings: tuple[ThresholdReading, ...] = Field(
        min_length=1, description="Readings of the detector that an image evades at once."
    )
    steps: int = Field(ge=1, le=10_000, description="Steps from each start.")
    starts: int = Field(ge=1, le=100, description="Starts: toward gray, then random ones.")
    batch_size_cpu: int = Field(ge=1, description="Images in a batch on a CPU.")
    batch_size_cuda: int = Field(ge=1, description="Images in a batch on a GPU.")


class TrainingLengthParameters(Section):
    """Natural networks of several seeds, each attacked after several numbers of steps."""

    seeds: int = Field(ge=1, le=100, description="Independent trainings.")
    steps: Annotated[tuple[Annotated[int, Field(ge=1, le=1_000_000)], ...], rising("steps")] = (
        Field(min_length=1, description="Optimizer steps after which a network is attacked.")
    )
    epsilons: Epsilons = Field(description="Attack strengths; also {from, to, step}.")
    test_images: int = Field(ge=1, le=10_000, description="First images of the test set.")


# A new detector is a name here and a function in triptych.adversarial.further.
FurtherDetector = Literal["total_variation"]


class AdversarialParameters(Section):
    """Panel 1: Schöttle et al. 2018."""

    dataset: Literal["digits", "mnist"] = Field(
        description="digits: scikit-learn's handwritten digits at 28x28; mnist: MNIST."
    )
    networks: NetworksParameters
    attack: AttackParameters
    detector: DetectorParameters
    control: ControlParameters
    convergence: ConvergenceParameters | None = Field(
        description="Check that the attack has converged; null: no check."
    )
    adaptive: AdaptiveParameters
    training_length: TrainingLengthParameters | None = Field(
        description="Trainings of several lengths and seeds; null: none."
    )
    further_detectors: tuple[FurtherDetector, ...] = Field(
        description="Detectors that are judged like the paper's."
    )

    @model_validator(mode="after")
    def _a_length_is_a_training(self) -> "AdversarialParameters":
        natural = self.networks.natural
        if self.training_length and not (
            isinstance(natural, TrainingParameters)
            and (natural.schedule, natural.restart, natural.adversary) == ("constant", None, None)
        ):
            raise ValueError(
                "training_length needs networks.natural to be trained here with a constant "
                "learning rate, without restart and adversary: only then is a part of a training "
                "a shorter training"
            )
        return self

    @model_validator(mode="after")
    def _both_attacks_share_an_epsilon(self) -> "AdversarialParameters":
        if not set(self.adaptive.epsilons) & set(self.attack.epsilons):
            raise ValueError("adaptive.epsilons and attack.epsilons must share at least one")
        return self

    @model_validator(mode="after")
    def _detectors_differ(self) -> "AdversarialParameters":
        named_once(further_detectors=self.further_detectors)
        return self
