"""A small parameter file of known lines."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from support import ROOT

from triptych.panels import PANELS

# Three scales: trained networks, released networks, and one that inherits from the second.
SMALL = """\
# A comment above the first key.
seed: 7
scale: tiny
data:
  mirror: null
compute:
  torch_threads: 1
scales:
  tiny:
    adversarial:
      dataset: digits
      networks:
        width: 0.5
        validation_images: 20
        natural:
          recipe: plain
          steps: 40
          batch_size: 50
          learning_rate: 0.005
        secret:
          recipe: hardened
          steps: 41
          batch_size: 51
          learning_rate: 0.004
          adversary:
            epsilon: 0.3
            steps: 5
            step_size: 0.1
      attack:
        test_images: 20
        epsilons:
          - 0.1
          - 0.3
        pgd:
          steps: 2
          step_size: 0.2
          batch_size_cpu: 20
          batch_size_cuda: 60
        chunks: 1
      detector:
        calibration_images: 500
      control:
        epsilons: [0.25, 0.5]
      adaptive:
        epsilons: [0.1, 0.2, 0.3]
        readings: [as_written]
        steps: 2
        starts: 1
        batch_size_cpu: 20
        batch_size_cuda: 60
      convergence: null
      training_length: null
      further_detectors: []
    segmentation: &segmentation
      networks: [danet]
      methods: [single]
      seeds: 1
      backbone: tiny
      pretrained: false
      separable: false
      connections: {points: all, width: 8, init: identity, detach: false}
      table1:
        dataset: camvid
        danet: &recipe {output_stride: 8, training: {recipe: r,
        steps: 7, batch_size: 2, learning_rate: 0.07, backbone_factor: 1.0, momentum: 0.9,
        augmentation: {crop_height: 32, crop_width: 64}, validate_every: 7},
        protocol: {kind: whole, batch_size: 2}}
        deeplabv3plus: *recipe
      loader_workers: 0
      processes: 1
      resamples: 100
      block: 1
      figure_images: 1
    personalization: &personalization
      methods: [ip_adapter]
      controls: []
      faces: {dataset: lfw, train_persons: 4, test_persons: 3, photos: 11, most_photos: 12,
        crop: 33, side: 34}
      captions: {provider: statistics, question: Who?}
      base: {released: stable_diffusion_v1_5}
      adapter: {released: ip_adapter_sd15}
      resolution: 40
      references: 9
      finetuning: &loop {recipe: short, steps: 13, batch_size: 14, learning_rate: 0.015}
      training_seeds: 2
      condition_dropout: {image: 0.05, text: 0.06, both: 0.08}
      set_attention: {layers: 1, heads: 3, learning_rate_factor: 1.0, output: mean}
      dreambooth: {training: *loop, prior_images: 15, prior_weight: 1.0, class_prompt: a person,
        class_words: [person], name: sks, train_text_encoder: false, jobs: 1}
      dreambooth_lora: {training: *loop, rank: 3}
      sampling: {steps: 16, guidance_scale: 7.5, adapter_scale: 0.8, images_per_person: 17,
        batch_size: 18}
      face_network: {channels: [19], embedding: 18, training: *loop}
      extractor: face_network
      identity: face_network
      processes: 1
      figure_persons: 1
FURTHER  paper:
    adversarial:
      dataset: mnist
      networks:
        width: 1.0
        validation_images: 0
        natural:
          released: madry_natural
        secret:
          released: madry_secret
      attack:
        test_images: 10000
        epsilons: [0.15, 0.2]
        pgd: {steps: 40, step_size: 0.01, batch_size_cpu: 200, batch_size_cuda: 30000}
        chunks: 1
      detector:
        calibration_images: 50000
      control:
        epsilons: [0.35]
      adaptive: {epsilons: [0.2], readings: [as_written], steps: 2, starts: 1,
        batch_size_cpu: 20, batch_size_cuda: 60}
      convergence: null
      training_length: null
      further_detectors: []
    segmentation: *segmentation
    personalization: *personalization
FURTHER  lab:
    inherits: paper
    adversarial:
      networks:
        natural:
          unset: [released]
          recipe: heir
          steps: 60
          learning_rate: 0.006
      attack: {test_images: 30}
"""
# A paper that was added has its section of the project's own file, in one line.
_PAPER = YAML(typ="safe").load(ROOT / "params.yaml")["scales"]["paper"]
_FURTHER = [panel for panel in PANELS if f"    {panel}:" not in SMALL]
SMALL = SMALL.replace(
    "FURTHER", "".join(f"    {panel}: {json.dumps(_PAPER[panel])}\n" for panel in _FURTHER)
)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write the small file with one piece of text replaced."""

    def written(old: str = "", new: str = "") -> Path:
        assert SMALL.count(old) == 1 or not old, f"{old!r} must be in the file once"
        path = tmp_path / "params.yaml"
        path.write_text(SMALL.replace(old, new) if old else SMALL, encoding="utf-8")
        return path

    return written
