"""The steps of panel 3: paths and parameters in, files out. The command line exposes them.

Libraries are imported inside the steps: diffusers alone takes five seconds, and the
steps that draw tables and figures do without it.
"""

from triptych.personalization.steps.base_model import (
    train_autoencoder,
    train_denoiser,
    train_encoders,
)
from triptych.personalization.steps.describing import caption
from triptych.personalization.steps.drawing import (
    draw_faces,
    draw_generations,
    draw_methods,
    draw_sweep,
)
from triptych.personalization.steps.generating import (
    class_images,
    dreambooth,
    dreambooth_lora,
    generate,
    join,
)
from triptych.personalization.steps.judging import classify_photos, extract, layer
from triptych.personalization.steps.learning import train_adapter, train_face_network
from triptych.personalization.steps.personal import personalize
from triptych.personalization.steps.reporting import (
    claims,
    findings,
    model_card,
    scores,
    sweeps,
    table,
)

STEPS = (
    caption,
    train_encoders,
    train_autoencoder,
    train_face_network,
    train_denoiser,
    train_adapter,
    class_images,
    dreambooth,
    dreambooth_lora,
    join,
    generate,
    extract,
    classify_photos,
    scores,
    table,
    sweeps,
    layer,
    draw_sweep,
    draw_methods,
    draw_faces,
    draw_generations,
    claims,
    findings,
    model_card,
    personalize,
)
