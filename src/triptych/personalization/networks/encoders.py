"""A small replacement of CLIP: a text and an image encoder with a joint embedding."""

import json
from collections.abc import Sequence

from tokenizers.pre_tokenizers import ByteLevel
from tokenizers.trainers import BpeTrainer
from transformers import (
    CLIPConfig,
    CLIPImageProcessor,
    CLIPModel,
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTokenizer,
    CLIPVisionConfig,
    CLIPVisionModelWithProjection,
)

from triptych.config.base_model import EncodersParameters

_START, _END, _END_OF_WORD = "<|startoftext|>", "<|endoftext|>", "</w>"


def build_tokenizer(texts: Sequence[str], vocabulary: int, longest_text: int) -> CLIPTokenizer:
    """Learn a tokenizer of CLIP's kind from all captions and prompts of the panel.

    It has at most ``vocabulary`` entries. Texts of more than ``longest_text`` tokens, including
    start and end, are cut.
    """
    empty = CLIPTokenizer(vocab={_START: 0, _END: 1}, merges=[], model_max_length=longest_text)
    letters = sorted(ByteLevel.alphabet())
    # Named in advance: the trainer numbers others in an order that differs between processes.
    known = [_START, _END, *letters, *(letter + _END_OF_WORD for letter in letters)]
    trainer = BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=known,
        end_of_word_suffix=_END_OF_WORD,
        show_progress=False,
    )
    empty.backend_tokenizer.train_from_iterator(sorted(set(texts)), trainer)
    learned = json.loads(empty.backend_tokenizer.to_str())["model"]
    merges = [tuple(merge) for merge in learned["merges"]]
    return CLIPTokenizer(vocab=learned["vocab"], merges=merges, model_max_length=longest_text)


def build_encoders(
    parameters: EncodersParameters, tokenizer: CLIPTokenizer, side: int
) -> CLIPModel:
    """Return both encoders with random weights for images of a side in pixels."""
    text = CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=parameters.width,
        intermediate_size=2 * parameters.width,
        num_hidden_layers=parameters.text_layers,
        num_attention_heads=parameters.heads,
        max_position_embeddings=parameters.longest_text,
        projection_dim=parameters.embedding,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    image = CLIPVisionConfig(
        hidden_size=parameters.width,
        intermediate_size=2 * parameters.width,
        num_hidden_layers=parameters.image_layers,
        num_attention_heads=parameters.heads,
        image_size=side,
        patch_size=parameters.patch,
        projection_dim=parameters.embedding,
    )
    config = CLIPConfig(
        text_config=text.to_dict(),
        vision_config=image.to_dict(),
        projection_dim=parameters.embedding,
    )
    return CLIPModel(config)


def text_encoder_of(encoders: CLIPModel) -> CLIPTextModel:
    """Return the part that conditions the UNet, without the projection."""
    prefix = "text_model."
    text = CLIPTextModel(encoders.config.text_config)
    weights = encoders.state_dict().items()
    text.load_state_dict({k.removeprefix(prefix): v for k, v in weights if k.startswith(prefix)})
    return text


def image_encoder_of(encoders: CLIPModel) -> CLIPVisionModelWithProjection:
    """Return the part that conditions the adapter, with the projection."""
    image = CLIPVisionModelWithProjection(encoders.config.vision_config)
    prefixes = ("vision_model.", "visual_projection.")
    image.load_state_dict(
        {k: v for k, v in encoders.state_dict().items() if k.startswith(prefixes)}
    )
    return image


def build_image_processor(side: int) -> CLIPImageProcessor:
    """Return the processor that brings a picture to the image encoder's size and range."""
    return CLIPImageProcessor(
        size={"shortest_edge": side}, crop_size={"height": side, "width": side}
    )
