"""Where the sections of the small parameter file stand, which errors name."""

ATTACK = "scales.tiny.adversarial.attack"
NATURAL = "scales.tiny.adversarial.networks.natural"
SECRET = "scales.tiny.adversarial.networks.secret"
RELEASED = "scales.paper.adversarial.networks.natural"
