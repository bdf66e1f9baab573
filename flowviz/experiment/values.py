"""The values: Experiment, Network, Training; and the flat form of an experiment, as names and texts."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, Field, ValidationError, model_validator

from flowviz.couplings import COUPLINGS
from flowviz.distributions import Distribution, Points, label_shares
from flowviz.distributions.gaussians import Gaussian
from flowviz.experiment.choices import (
    FAMILIES,
    CouplingChoice,
    DistributionChoice,
    MethodChoice,
    Model,
    PathChoice,
    distribution_of,
)
from flowviz.experiment.defaults import own_defaults, slug_of
from flowviz.experiment.fits import check_fit
from flowviz.experiment.leaf import Leaf, format_value, leaves_of
from flowviz.experiment.refusals import UnfitError, sentence, unknown
from flowviz.frame import Frame
from flowviz.methods import METHODS
from flowviz.paths import PATHS
from flowviz.spaces import PLANE, Space

ROUND = 1000
"""Steps of one further round of training."""


class Network(Model, frozen=True):
    """The learned velocity field: a multilayer perceptron on [x, features of t]."""

    width: int = Field(default=64, ge=8, le=512, multiple_of=8, title="Width", description="Units in each hidden layer.")
    depth: int = Field(default=3, ge=1, le=6, title="Depth", description="Number of hidden layers.")
    activation: Literal["silu", "relu", "tanh", "gelu", "selu"] = Field(
        default="silu", title="Activation", description="The nonlinearity between layers."
    )
    time_features: Literal["fourier", "embedding", "plain"] = Field(
        default="fourier",
        title="Time features",
        description="fourier: sines and cosines of 8 frequencies; embedding: a learned layer of 64; plain: t itself.",
    )


class Training(Model, frozen=True):
    """How the field is learned."""

    steps: int = Field(default=4000, ge=1, le=50_000, title="Steps", description="Gradient steps.")
    more: int = Field(
        default=0, ge=0, le=50, title="Further rounds", description="Rounds of 1,000 steps after those, schedule started anew."
    )
    batch: int = Field(default=256, ge=2, le=4096, title="Batch", description="Pairs in each step.")
    lr: float = Field(default=4e-3, gt=0, le=10, title="Learning rate", description="Peak step size of Adam.")
    schedule: Literal["cosine", "warmup", "constant"] = Field(
        default="cosine",
        title="Schedule",
        description="cosine: 50 steps of warm-up, then down to zero; warmup: 50 steps, then level; constant: level.",
    )
    average: bool = Field(
        default=True, title="Average weights", description="Sample with the moving average of the weights, decay ≤ 0.999."
    )
    clip: float = Field(default=0.0, ge=0, le=100, title="Clip gradients", description="Largest gradient norm; 0 does not clip.")
    weight_norm: bool = Field(
        default=False, title="Weight normalisation", description="Learn each row's length and direction apart."
    )
    time_sampling: Literal["uniform", "logit-normal"] = Field(
        default="uniform", title="Time sampling", description="How t is drawn: evenly, or more often near ½ (Esser et al. 2024)."
    )
    classes: Literal["off", "within", "across"] = Field(
        default="off",
        title="Classes",
        description="off: the network learns v(x, t); within: v(x, t, y) for each class y of the data, and couplings pair within "
        "a class; across: v(x, t, y), and couplings pair as if there were no classes.",
    )
    drop: float = Field(
        default=0.15,
        ge=0.05,
        le=0.5,
        title="Labels dropped",
        description="Share of pairs whose class is not told, so that the flow without classes is learned too.",
    )


class Experiment(Model, frozen=True):
    """Every choice of one experiment. What its method takes only one of need not be named. Equal experiments are the same run.

    >>> Experiment(target="moons", path="trig").to_flat()
    {'target': 'moons', 'path': 'trig'}
    >>> Experiment(method="diffusion").path.slug
    'vp'
    """

    source: DistributionChoice = Field(default="gaussian", title="Source", description="Where particles start, t = 0.")
    target: DistributionChoice = Field(default="8gaussians", title="Target", description="Where they end, t = 1.")
    path: PathChoice = Field(default_factory=PATHS["linear"], title="Path", description="How x0 becomes x1.")
    coupling: CouplingChoice = Field(
        default_factory=COUPLINGS["independent"], title="Coupling", description="Which x0 goes with which x1."
    )
    network: Network = Network()
    training: Training = Training()
    seed: int = Field(default=0, ge=0, le=2**31 - 1, title="Seed", description="Everything random follows from it.")
    device: Literal["auto", "cpu", "cuda", "mps"] = Field(
        default="auto", title="Device", description="Where training runs; auto is the CPU, which is fastest for small networks."
    )

    method: MethodChoice = Field(
        default_factory=METHODS["flow-matching"],
        title="Method",
        description="What the network learns, and how samples come of it.",
    )

    @model_validator(mode="before")
    @classmethod
    def _what_method_and_target_take(cls, values: Any) -> Any:
        """Put choices that are not named at the default of the method, or of the target."""
        if not isinstance(values, Mapping):
            return values
        values, kind = dict(values), METHODS.get(slug_of(values.get("method")))
        if kind is not None:
            values = {**{family: slugs[0] for family, slugs in kind.legal.items()}, **values}
        for name, default in own_defaults(values).items():
            group = LEAVES[name].group
            given = values.get(group, {})
            if isinstance(given, BaseModel):  # what was not named there is at the default of flow matching
                given = {name: getattr(given, name) for name in given.model_fields_set}
            values[group] = {name: default, **given} if isinstance(given, Mapping) else given
        return values

    @model_validator(mode="after")
    def _fits_together(self) -> "Experiment":
        check_fit(self)
        return self

    @property
    def key(self) -> str:
        """A short hash of the content: equal experiments have equal keys, on every machine."""
        # The flat form, since JSON tells −0.0 from 0.0 although they are equal; own data by their hash, since compressed
        # text may differ from machine to machine.
        own = {end: value.slug for end in ("source", "target") if isinstance(value := getattr(self, end), Points)}
        flat = {**self.to_flat(changed_only=False), **own}
        if self.method.slug == next(iter(METHODS)):  # the field is younger than many a link: without it all means what it meant
            del flat["method"]
        if self.training.classes == "off":
            del flat["classes"], flat["drop"]
        if flat.get("gan_latent") == "0":
            del flat["gan_latent"]
        return hashlib.sha256(json.dumps(flat).encode()).hexdigest()[:12]

    @property
    def made(self) -> bool:
        """Whether a flow is trained first that makes its pairs: for the coupling, or to be distilled."""
        return self.coupling.made or self.method.distils

    @property
    def flows_before(self) -> int:
        """How many flows are trained before it."""
        return self.coupling.flows_before + self.method.distils

    @property
    def gaussian_only(self) -> bool:
        """Whether path or method leave no other source than the Gaussian."""
        return self.path.gaussian_source or self.method.legal.get("source") == ("gaussian",)

    @property
    def total_steps(self) -> int:
        """Gradient steps, further rounds included."""
        return self.training.steps + ROUND * self.training.more

    @property
    def space(self) -> Space:
        """What one sample is: the space of source and target; the Gaussian is in the space of the other."""
        given = [end for end in (self.source, self.target) if end != "gaussian"]
        return distribution_of(given[0]).space if given else PLANE

    @property
    def class_count(self) -> int:
        """How many classes the network is told apart; 0 where it learns none."""
        return 0 if self.training.classes == "off" else len(label_shares(self.target_distribution))

    @property
    def source_distribution(self) -> Distribution:
        """The source, as wide as the path demands."""
        if self.source == "gaussian":
            return Gaussian(self.path.source_std, self.space.dim, self.space)
        return distribution_of(self.source)

    @property
    def target_distribution(self) -> Distribution:
        """The target."""
        return Gaussian(dim=self.space.dim, within=self.space) if self.target == "gaussian" else distribution_of(self.target)

    @property
    def frame(self) -> Frame | None:
        """The units of the target's own data, else of the source's; None where neither has any."""
        own = (end for end in (self.target, self.source) if isinstance(end, Points))
        return next((end.frame for end in own if end.frame is not None), None)

    def changed(self, **flat: Any) -> "Experiment":
        """Return a copy with some flat fields changed, e.g. ``changed(path="vp", vp_beta_max=10)``."""
        return Experiment.from_flat({**self.to_flat(changed_only=False), **{k: str(v) for k, v in flat.items()}})

    def to_flat(self, *, changed_only: bool = True) -> dict[str, str]:
        """Return the experiment as names and texts, as in a link or on the command line.

        Args:
            changed_only: Leave out what is at its default.
        """
        out, target = {}, slug_of(self.target)
        for name, leaf in LEAVES.items():
            value = leaf.read(self)
            if value is not None and not (
                changed_only and value == default_of(name, self.method.slug, target, self.coupling.slug)
            ):
                out[name] = format_value(value)
        return out

    @staticmethod
    def from_flat(flat: Mapping[str, str]) -> "Experiment":
        """Read names and texts; what is missing is at its default.

        Raises:
            ValueError: With a sentence that names the value, the legal values and the remedy.
        """
        try:
            return Experiment.model_validate(_tree(flat))
        except ValidationError as error:
            cause = error.errors()[0].get("ctx", {}).get("error")
            raise (cause if isinstance(cause, UnfitError) else ValueError(sentence(error, Experiment))) from None


LEAVES: dict[str, Leaf] = leaves_of(Experiment, {"network": Network, "training": Training})
"""Every field of the flat form by its name: widgets, options of the command line and links are made from this."""


def default_of(name: str, method: str | None = None, target: str | None = None, coupling: str | None = None) -> Any:
    """Return the default of a field, which method and target may set; without a method that of flow matching."""
    kind = METHODS.get(method or "")
    if kind is not None and name in kind.legal:
        return kind.legal[name][0]
    return own_defaults({"method": method, "target": target, "coupling": coupling}).get(name, LEAVES[name].default)


def _tree(flat: Mapping[str, str]) -> dict[str, Any]:
    """Return a flat form as nested values, for `Experiment.model_validate`.

    Raises:
        ValueError: If a name or a text is not legal, or an option belongs to a member of a family that is not chosen.
    """
    tree: dict[str, Any] = {}
    options: dict[str, Any] = {}
    flat = {**{name: format_value(value) for name, value in own_defaults(flat).items()}, **flat}
    for name, text in flat.items():
        if name not in LEAVES:
            raise ValueError(unknown("field", name, LEAVES))
        leaf = LEAVES[name]
        value = leaf.parse(text)
        if leaf.slug is not None:
            options[name] = value
        else:
            (tree.setdefault(leaf.group, {}) if leaf.group else tree)[leaf.field] = value
    method = tree.get("method")
    for family in FAMILIES:
        tree[family] = {"slug": tree.get(family, default_of(family, method))}
    for name, value in options.items():
        leaf = LEAVES[name]
        if tree[leaf.group]["slug"] != leaf.slug:
            raise ValueError(
                f"`{name}` belongs to {leaf.group} {leaf.slug!r}, but the {leaf.group} is {tree[leaf.group]['slug']!r}; "
                f"leave one out."
            )
        tree[leaf.group][leaf.field] = value
    return tree
