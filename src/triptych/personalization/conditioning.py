"""The objective that trains an adapter in a UNet, by photos that condition it (Section 3.5)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from diffusers import StableDiffusionPipeline
from torch import Tensor, nn

from triptych.config.personalization import ConditionDropoutParameters, SetAttentionParameters
from triptych.data.faces import Faces
from triptych.errors import UserError
from triptych.job.seeds import derive
from triptych.learning.optimizers import Batch
from triptych.learning.order import batch_indices
from triptych.personalization import adapter
from triptych.personalization import base as bases
from triptych.personalization import captions as words
from triptych.personalization.building import captioned
from triptych.personalization.denoising import Captioned, noise_loss, noised, where_dropped
from triptych.personalization.networks.face_network import load_face_network
from triptych.personalization.networks.set_attention import SetSelfAttention
from triptych.personalization.pixels import half
from triptych.personalization.references import choose, require_photos, shuffled
from triptych.personalization.train import Objective
from triptych.storage.folders import verified_folder


class AdapterObjective(Objective):
    """An adapter's parts predict the noise from a caption and photos; the rest is frozen.

    Parameters
    ----------
    embeddings
        float (n, width): the embedding of each photo.
    reference_sets
        Indices of the photos that describe each photo, drawn at every step.
    set_attention
        Trained with the adapter; None trains without it.
    set_attention_factor
        Its learning rate, relative to the adapter's.
    """

    network: nn.ModuleDict

    def __init__(
        self,
        pipeline: StableDiffusionPipeline,
        photos: Captioned,
        embeddings: Tensor,
        reference_sets: "ReferenceSets",
        *,
        set_attention: SetSelfAttention | None,
        set_attention_factor: float = 1.0,
        dropout: ConditionDropoutParameters,
        snr_gamma: float | None,
        batch_size: int,
        seed: int,
    ) -> None:
        super().__init__()
        parts = adapter.trained_parts(pipeline).requires_grad_(True)
        self.network = nn.ModuleDict({"adapter": parts})
        self.pipeline = pipeline
        self.set_attention = set_attention
        if set_attention is not None:
            self.network["set_attention"] = set_attention
        self.unet, self.scheduler = pipeline.unet, pipeline.scheduler
        self.photos, self.embeddings = photos, embeddings
        self.reference_sets, self.dropout = reference_sets, dropout
        self.set_attention_factor, self.snr_gamma = set_attention_factor, snr_gamma
        self.batch_size, self.seed = batch_size, seed

    def batch(self, step: int) -> Batch:
        generator = torch.Generator().manual_seed(derive(self.seed, "noise", step))
        chosen = self.reference_sets.draw(step, self.batch_size)
        targets = torch.tensor([target for target, _ in chosen])
        references = torch.tensor([references for _, references in chosen])
        if self.reference_sets.wanted is None:
            # A fine-tuning follows the public recipe, which mirrors nothing.
            mirror = half(len(targets), derive(self.seed, "mirror", step))
            targets = self.photos.mirrored(targets, mirror)
        latents = self.photos.latents.sample(targets, generator)
        no_image, no_text = self._dropped(len(chosen), generator)
        texts = where_dropped(no_text, self.photos.empty_text, self.photos.texts[targets])
        noisy = noised(latents, self.scheduler, generator)
        return (*noisy, texts, self.embeddings[references], no_image)

    def forward(
        self,
        noisy: Tensor,
        noise: Tensor,
        timesteps: Tensor,
        texts: Tensor,
        embeddings: Tensor,
        no_image: Tensor,
    ) -> Tensor:
        if self.set_attention is not None:
            embeddings = self.set_attention(embeddings)
        # After the self-attention, whose answer to zeros is not zero once it is trained.
        embeddings = embeddings.masked_fill(no_image[:, None, None], 0.0)
        condition = {"image_embeds": [embeddings]}
        predicted = self.unet(noisy, timesteps, texts, added_cond_kwargs=condition).sample
        return noise_loss(predicted, noise, timesteps, self.scheduler, self.snr_gamma)

    def parameter_groups(self) -> list[dict[str, Any]]:
        groups: list[dict[str, Any]] = [{"params": list(self.network["adapter"].parameters())}]
        if self.set_attention is not None:
            groups.append(
                {
                    "params": list(self.set_attention.parameters()),
                    "factor": self.set_attention_factor,
                }
            )
        return groups

    def _dropped(self, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Draw for which photos the image condition, and the text, are dropped."""
        drawn = torch.rand(count, generator=generator)
        image, text = self.dropout.image, self.dropout.text
        both = image + text + self.dropout.both
        no_image = (drawn < image) | ((drawn >= image + text) & (drawn < both))
        no_text = (drawn >= image) & (drawn < both)
        return no_image, no_text


class ReferenceSets:
    """Draws a photo to restore and the photos that describe it (Section 3.5).

    Parameters
    ----------
    by_person
        The indices of each person's photos.
    wanted
        Photos that describe a photo; None: each photo describes itself, as in the training of
        the public adapter.
    """

    def __init__(
        self, by_person: Mapping[str, Sequence[int]], wanted: int | None, seed: int
    ) -> None:
        self.photos = [tuple(photos) for photos in by_person.values()]
        self.flat = [photo for photos in self.photos for photo in photos]
        self.wanted, self.seed = wanted, seed

    def draw(self, step: int, batch_size: int) -> list[tuple[int, tuple[int, ...]]]:
        """Return the photos to restore in a step, each with the photos that describe it."""
        if self.wanted is None:
            order = batch_indices(len(self.flat), batch_size, step, self.seed).tolist()
            return [(self.flat[index], (self.flat[index],)) for index in order]
        # Persons come in epochs; a batch larger than their number contains some twice.
        rounds = range(step * batch_size, (step + 1) * batch_size)
        return [self._remove_one(position, self.wanted) for position in rounds]

    def _remove_one(self, position: int, wanted: int) -> tuple[int, tuple[int, ...]]:
        """Remove one photo of a person uniformly at random and keep the others."""
        person = batch_indices(len(self.photos), 1, position, self.seed).item()
        seed = derive(self.seed, "removed", position)
        removed, *others = shuffled(self.photos[int(person)], seed)
        return removed, choose(others, wanted, derive(seed, "bootstrap"))


def adapter_objective(
    device: torch.device,
    *,
    photos: Path,
    captions: Path,
    base: Path,
    start: Path | None,
    face_network: Path | None,
    set_attention: SetAttentionParameters | None,
    references: int | None,
    dropout: ConditionDropoutParameters,
    resolution: int,
    snr_gamma: float | None,
    batch_size: int,
    seed: int,
) -> AdapterObjective:
    """Put an adapter into the base model and encode the photos, on a device.

    Without a face network, the base model's image encoder embeds the photos.
    """
    pipeline = bases.load(base, device)
    network = None if face_network is None else load_face_network(face_network, device)
    faces = Faces(photos)
    if references is not None:
        require_photos(faces, 2)
    texts = words.read(captions, faces.names)
    encoded = captioned(pipeline, faces, texts, resolution)
    if start is None:
        adapter.initialize(pipeline, derive(seed, "weights"), network)
    else:
        adapter.load(pipeline, verified_folder(start))
    return AdapterObjective(
        pipeline,
        encoded,
        adapter.embed(pipeline, network, faces.images()),
        ReferenceSets(faces.by_person(), references, derive(seed, "references")),
        set_attention=_build_set_attention(set_attention, pipeline, seed),
        set_attention_factor=set_attention.learning_rate_factor if set_attention else 1.0,
        dropout=dropout,
        snr_gamma=snr_gamma,
        batch_size=batch_size,
        seed=derive(seed, "photos"),
    )


def _build_set_attention(
    parameters: SetAttentionParameters | None, pipeline: StableDiffusionPipeline, seed: int
) -> SetSelfAttention | None:
    if parameters is None:
        return None
    width = pipeline.image_encoder.config.projection_dim
    if width % parameters.heads:
        raise UserError(
            expected=f"a number of heads that divides {width}, the length of the embedding",
            found=str(parameters.heads),
            where="set_attention.heads",
            remedy="change it in params.yaml",
        )
    torch.manual_seed(derive(seed, "set_attention"))
    return SetSelfAttention(
        width, layers=parameters.layers, heads=parameters.heads, output=parameters.output
    )
