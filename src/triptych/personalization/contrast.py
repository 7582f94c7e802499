"""The objective of the small encoders of a base model."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import CLIPModel, CLIPTokenizer

from triptych.config.base_model import PHOTOS_OF_A_PERSON
from triptych.job.seeds import derive
from triptych.learning.optimizers import Batch
from triptych.learning.order import batch_indices
from triptych.personalization.captions import mirrored
from triptych.personalization.networks.encoders import build_image_processor
from triptych.personalization.networks.face_network import COSINE_SCALE
from triptych.personalization.photos import tokenize
from triptych.personalization.pixels import flipped, shifted
from triptych.personalization.train import Objective, held_out


class ContrastiveObjective(Objective):
    """Match photos with their captions in a batch (Radford et al. 2021), and photos of a person.

    Captions that name no looks teach nothing about persons. The second term, of weight
    ``identity_weight``, asks for similar embeddings of a person's photos (Khosla et al. 2020); then
    a batch has four photos of each of its persons.

    Parameters
    ----------
    images
        uint8 (n, s, s, 3). A random half of a batch is mirrored, with its captions, and every
        photo is shifted slightly.
    persons
        The person in each photo.
    """

    network: CLIPModel

    def __init__(
        self,
        encoders: CLIPModel,
        tokenizer: CLIPTokenizer,
        images: NDArray[np.uint8],
        captions: Sequence[str],
        persons: Sequence[str],
        *,
        identity_weight: float,
        batch_size: int,
        seed: int,
    ) -> None:
        super().__init__()
        self.network = encoders
        processor = build_image_processor(images.shape[1])
        self.pixels = processor(list(images), return_tensors="pt").pixel_values
        texts = tokenize(tokenizer, [*captions, *map(mirrored, captions)])
        self.ids, self.mask = texts.input_ids, texts.attention_mask
        numbers = {person: number for number, person in enumerate(dict.fromkeys(persons))}
        self.persons = torch.tensor([numbers[person] for person in persons])
        self.identity_weight = identity_weight
        self.trained = len(images) - held_out(len(images))
        trained = self.persons[: self.trained]
        self.by_person = [(trained == one).nonzero().flatten() for one in trained.unique()]
        self.batch_size, self.seed = batch_size, seed

    def batch(self, step: int) -> Batch:
        generator = torch.Generator().manual_seed(derive(self.seed, "augmentation", step))
        if self.identity_weight:
            indices = self._several_of_each_person(step, generator)
        else:
            indices = batch_indices(self.trained, self.batch_size, step, self.seed)
        mirror = torch.rand(len(indices), generator=generator) < 0.5
        pixels, *rest = self._of(indices, mirror)
        return shifted(pixels, generator), *rest

    def validation_batch(self) -> Batch | None:
        held = torch.arange(self.trained, len(self.pixels))
        return self._of(held, torch.zeros(len(held), dtype=torch.bool)) if len(held) > 1 else None

    def forward(self, pixels: Tensor, ids: Tensor, mask: Tensor, persons: Tensor) -> Tensor:
        result = self.network(
            input_ids=ids, pixel_values=pixels, attention_mask=mask, return_loss=True
        )
        if not self.identity_weight:
            return result.loss
        return result.loss + self.identity_weight * supervised_contrast(
            result.image_embeds, persons
        )

    def _several_of_each_person(self, step: int, generator: torch.Generator) -> Tensor:
        """Draw persons in epochs, and photos of each: in a random batch few have a partner."""
        count = self.batch_size // PHOTOS_OF_A_PERSON
        persons = batch_indices(len(self.by_person), count, step, self.seed)
        drawn = []
        for person in persons.tolist():
            photos = self.by_person[person]
            order = photos[torch.randperm(len(photos), generator=generator)]
            # A person with too few photos is drawn with repetitions.
            drawn.append(order.repeat(PHOTOS_OF_A_PERSON)[:PHOTOS_OF_A_PERSON])
        return torch.cat(drawn)

    def _of(self, indices: Tensor, mirror: Tensor) -> Batch:
        texts = torch.where(mirror, indices + len(self.pixels), indices)
        pixels = flipped(self.pixels[indices], mirror)
        return pixels, self.ids[texts], self.mask[texts], self.persons[indices]


def supervised_contrast(embeddings: Tensor, persons: Tensor) -> Tensor:
    """Compare unit embeddings, float (n, e), with those of the same persons, int64 (n,).

    The mean of the cross-entropy between each photo's partners and all other photos of the batch
    (Khosla et al. 2020, Equation 2), a tensor of one value. Photos without a partner do not count.
    """
    logits = COSINE_SCALE * embeddings @ embeddings.T
    itself = torch.eye(len(logits), dtype=torch.bool, device=logits.device)
    chances = logits.masked_fill(itself, -torch.inf).log_softmax(dim=1)
    partners = (persons[:, None] == persons[None]) & ~itself
    number = partners.sum(dim=1)
    sums = torch.where(partners, chances, 0).sum(dim=1)
    return -(sums / number.clamp(min=1)).sum() / (number > 0).sum().clamp(min=1)
