"""The steps of data sets and of models of one's own; the command line exposes them."""

from triptych.data.steps.own import folder, hub_model, link
from triptych.data.steps.preparing import (
    camvid,
    camvid_archive,
    cityscapes,
    digits,
    drawn_faces,
    drawn_scenes,
    lfw,
    lfw_subset,
    mnist,
    voc,
)

STEPS = (
    digits,
    mnist,
    cityscapes,
    voc,
    camvid,
    drawn_scenes,
    drawn_faces,
    lfw,
    folder,
    link,
    hub_model,
    lfw_subset,
    camvid_archive,
)
