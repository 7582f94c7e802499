"""How a scale of panel 2 differs from the paper, in words."""

import pytest
from evaluations import panel

from triptych.config.section import Scale
from triptych.segmentation.setting import differences, recipe_names, table_setting


def test_the_paper_s_own_scale_differs_in_its_recipes_and_the_kind_of_convolution() -> None:
    table1, table2, convolutions = differences(panel("paper"))
    assert table1.startswith("For Table 1 this run trained danet: ")
    assert table2.startswith("For Table 2 this run trained danet: ")
    assert convolutions.startswith("Convolutions in ASPP and decoder are not separable.")


def test_another_data_set_backbone_and_selection_are_named() -> None:
    sentences = differences(panel("tiny"))
    assert "Table 1 was run on drawn_streets, not on cityscapes." in sentences
    assert "Table 2 was not run." in sentences
    assert "The backbone is tiny, not resnet101." in sentences
    assert "The backbone starts from random weights, not from ImageNet's." in sentences
    assert "Only single, same_layer of deeplabv3plus were run." in sentences


def test_separable_convolutions_are_no_difference() -> None:
    separable = panel("paper").model_copy(update={"separable": True})
    assert len(differences(separable)) == 2


@pytest.mark.parametrize(
    ("scale", "table", "beginning", "protocol"),
    [
        (
            "paper",
            "1",
            "cityscapes val; resnet101 ImageNet weights; ",
            "windows of 768, stride 512",
        ),
        ("paper", "2", "voc val; resnet101 ImageNet weights; ", "center crop of 513"),
        ("smoke", "2", "drawn_objects test; tiny from scratch; ", "whole image"),
    ],
)
def test_the_setting_of_a_table_names_data_backbone_recipe_and_protocol(
    scale: Scale, table: str, beginning: str, protocol: str
) -> None:
    setting = table_setting(panel(scale), table)
    assert setting.startswith(beginning)
    assert f"scored on the {protocol}" in setting
    assert "danet: " in setting
    assert "deeplabv3plus: " in setting


def test_a_table_that_is_not_run_says_so() -> None:
    assert table_setting(panel("lab"), "2") == "nothing was run"


def test_each_network_of_each_table_has_a_named_recipe() -> None:
    assert len(recipe_names(panel("paper"))) == 4
    assert recipe_names(panel("lab")) == [
        panel("lab").table1.danet.training.recipe,
        panel("lab").table1.deeplabv3plus.training.recipe,
    ]
