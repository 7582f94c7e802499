"""How a scale of panel 2 differs from the paper, in words."""

from typing import Any

import pytest
from evaluations import panel

from triptych.config.section import Scale
from triptych.segmentation.setting import differences, recipe_names, selections, table_setting


def test_the_paper_s_own_scale_differs_in_its_recipes_and_the_kind_of_convolution() -> None:
    table1, table2, connection, convolutions = differences(panel("paper"))
    assert table1.startswith("For Table 1 this run trained danet: ")
    assert table2.startswith("For Table 2 this run trained danet: ")
    assert "departures" not in table1 + table2
    assert connection.startswith("The networks cooperate by connections at points all, ")
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
    assert len(differences(separable)) == 3


@pytest.mark.parametrize(
    ("scale", "table", "beginning", "protocol"),
    [
        (
            "paper",
            "1",
            "cityscapes val; resnet101 ImageNet weights; connections at points all, ",
            "windows of 768, stride 512",
        ),
        (
            "paper",
            "2",
            "voc val; resnet101 ImageNet weights; connections at ",
            "center crop of 513",
        ),
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


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"optimizer": "adamw"}, "optimizer adamw in place of sgd"),
        ({"class_weight_power": 0.5}, "pixels weighted by (share of their class)^-0.5"),
        ({"frozen_parts": 2}, "2 first parts of the backbone not trained"),
        ({"frozen_statistics": True}, "statistics of the backbone's batch norm kept"),
    ],
)
def test_a_training_of_another_kind_than_the_papers_is_a_departure(
    change: dict[str, Any], words: str
) -> None:
    changed = panel("paper").model_copy(deep=True)
    changed.table2.danet.training.__dict__.update(change)
    departure = f"; departures from the paper: {words}"
    assert departure in differences(changed)[1]
    assert departure not in differences(changed)[0]
    assert departure in table_setting(changed, "2")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"points": "head"}, "points head, init identity"),
        ({"init": "kaiming"}, "init kaiming"),
        ({"width": 32}, "width 32"),
        ({"detach": True}, "the gradient stops there (detach true)"),
    ],
)
def test_runs_with_other_connections_do_not_look_alike(change: dict[str, Any], words: str) -> None:
    usual = panel("paper")
    other = usual.model_copy(update={"connections": usual.connections.model_copy(update=change)})
    for text in (table_setting, lambda one, _: " ".join(differences(one))):
        assert words in text(other, "1")
        assert words not in text(usual, "1")


def test_weights_that_were_chosen_on_the_reported_images_are_named() -> None:
    cityscapes, voc = selections(panel("paper"))
    assert cityscapes == "On cityscapes the last weights are scored."
    assert "best validation mIoU are scored, on val." in voc
    assert "The validation images are the reported ones" in voc
    (streets,) = selections(panel("tiny"))
    assert "scored, on test." in streets
    assert "reported ones" not in streets


def test_controls_are_named_with_their_cost() -> None:
    sentences = differences(panel("lab"))
    assert (
        "Beside the paper's rows this run has single_longer (steps: 2.2 times),"
        " same_layer_detached, mutual of danet, deeplabv3plus." in sentences
    )
