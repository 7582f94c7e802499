"""Panel 3's section of a parameter file, most keys on a line of their own."""

from pathlib import Path

PARAMS = Path(__file__).parents[2] / "params.yaml"

PANEL = "scales.tiny.personalization"
BASE = f"{PANEL}.base"

LOOP = """\
            recipe: brief
            steps: 4
            batch_size: 4
            learning_rate: 0.001
            weight_decay: 0.01
            warmup_steps: 0
            schedule: cosine
            precision_cuda: float32
            log_every: 2
            checkpoint_every: 2
"""

# Beside what the shipped file has for the other panels: most keys on a line of their own.
SECTION = f"""\
    personalization:
      methods: [dreambooth, ip_adapter]
      controls: [text_only]
      faces:
        dataset: drawn_faces
        corpus:
          persons: 8
          photos: 2
        train_persons: 5
        test_persons: 3
        photos: 10
        most_photos: 12
        crop: 32
        side: 48
      captions:
        provider: drawn
        question: Who?
      base:
        encoders:
          width: 16
          heads: 2
          text_layers: 1
          image_layers: 1
          patch: 8
          embedding: 16
          vocabulary: 600
          longest_text: 16
          training: &loop
{LOOP}\
        autoencoder:
          channels: [8, 8]
          layers_per_block: 1
          latent_channels: 4
          kl_weight: 1e-06
          training: *loop
        denoiser:
          channels: [8, 16]
          layers_per_block: 1
          heads: 4
          drop_text: 0.1
          ema_decay: 0.9
          training: *loop
      adapter:
        training: *loop
      snr_gamma: null
      resolution: 64
      references: 9
      finetuning: *loop
      condition_dropout:
        image: 0.05
        text: 0.06
        both: 0.07
      set_attention:
        layers: 1
        heads: 8
        output: tokens
      dreambooth:
        training: *loop
        prior_images: 2
        prior_weight: 1.5
        class_prompt: a photo of a person
        class_words: [person]
        name: sks
        train_text_encoder: false
        jobs: 2
      sampling:
        steps: 2
        guidance_scale: 3.0
        adapter_scale: 0.8
        images_per_person: 5
        batch_size: 3
      face_network:
        channels: [8, 8]
        embedding: 16
        training: *loop
      extractor: face_network
      processes: 1
      figure_persons: 2
"""
TRAINED = SECTION[SECTION.index("        encoders:\n") : SECTION.index("      adapter:\n")]
