"""Which files decide a claim of panel 1."""

from triptych.claims.dependence import Dependence

# Of the two networks, the files of one. The trainings of several lengths are of the natural one.
_NETWORKS = ("*/adversarial/*/*",)
_NATURAL = (_NETWORKS, ("*/natural[./]*", "*/lengths/*"))
_SECRET = (_NETWORKS, ("*/secret[./]*",))
_CURVES = ("curves.csv",)
# Trainings with other seeds widen the intervals of the natural network.
_CURVES_AND_SEEDS = ("curves.csv", "training_length.csv")
_BOTH_ATTACKS = ("curves.csv", "adaptive.csv")

RULES = (
    # The share of the most frequent class.
    Dependence("*/published/*/gray_image", ("test.safetensors",)),
    Dependence("*/published/*", ()),
    Dependence("*/natural_above_secret/*", _CURVES_AND_SEEDS),
    Dependence("*/secret_above_natural/*", _CURVES_AND_SEEDS),
    Dependence("section3/*", ("controls.csv",), *_NATURAL),
    Dependence("section4/clean/*", _CURVES, *_NATURAL),
    Dependence("section5/*", _CURVES, *_NATURAL),
    Dependence("abstract/*/reduces_attack_surface", _BOTH_ATTACKS, *_SECRET),
    Dependence("abstract/*", _BOTH_ATTACKS),
    Dependence("beyond/natural/*", _BOTH_ATTACKS, *_NATURAL),
    Dependence("beyond/secret/*", _BOTH_ATTACKS, *_SECRET),
    Dependence("fig4_combined/reproduced/natural/*", _CURVES, *_NATURAL),
    Dependence("fig4_combined/reproduced/secret/*", _CURVES, *_SECRET),
    Dependence("*/natural/*", _CURVES_AND_SEEDS, *_NATURAL),
    Dependence("*/secret/*", _CURVES, *_SECRET),
)
