"""Keeps fitted models on disk: skops files named by their hash, and a manifest with a hash of its own. No pickle."""

from __future__ import annotations

import hashlib
import logging
from typing import TYPE_CHECKING

import msgspec
import sklearn
import skops.io  # type: ignore[import-untyped]  # it ships no types

from analytics.models.model_set import ModelSet
from analytics.models.residual import Card, ResidualModel
from analytics.models.verdict import NotModelled
from greendc.errors import Problem

if TYPE_CHECKING:
    from pathlib import Path

    from greendc.site import Site

log = logging.getLogger("greendc.models")

SCHEMA = 1
FOLDER, MANIFEST, SUFFIX = "models", "manifest.json", ".skops"
TRUSTED = ("sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",)
"""Types beyond those that skops trusts by itself which our estimators are made of."""
SHORT = 8


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One model: the SHA-256 of its file, which is also its name, and its card."""

    sha256: str
    card: Card


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """What was saved: for which site, when it was trained, and with which release of scikit-learn."""

    schema: int
    site: str
    trained_ns: int
    sklearn: str
    entries: tuple[Entry, ...]
    not_evaluated: tuple[NotModelled, ...]


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """The body and the SHA-256 of its JSON."""

    digest: str
    body: Body


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """The models that are what was saved, and a sentence for each file that is not."""

    models: ModelSet
    problems: tuple[Problem, ...] = ()


def save(models: ModelSet, site: Site, data_dir: Path) -> ModelSet:
    """Write models to ``DATA/models``; return them as they are when they are loaded, with versions and digest.

    The manifest is replaced last, so that a crash leaves the models of before; files that it does not name are removed.

    Raises:
        OSError: the folder cannot be written.
    """
    folder = data_dir / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    entries, kept = [], []
    for model in models.models:
        content = skops.io.dumps(model.estimator)
        sha256 = hashlib.sha256(content).hexdigest()
        card = msgspec.structs.replace(model.card, version=f"{model.card.plan.key}@{sha256[:SHORT]}")
        (folder / f"{sha256}{SUFFIX}").write_bytes(content)
        entries.append(Entry(sha256=sha256, card=card))
        kept.append(ResidualModel(card, model.estimator))
    body = Body(
        schema=SCHEMA,
        site=site.name,
        trained_ns=models.trained_ns,
        sklearn=sklearn.__version__,
        entries=tuple(entries),
        not_evaluated=models.not_evaluated,
    )
    manifest = Manifest(digest=_digest(body), body=body)
    fresh = folder / f".{MANIFEST}.new"
    fresh.write_bytes(msgspec.json.format(msgspec.json.encode(manifest)))
    fresh.replace(folder / MANIFEST)
    named = {entry.sha256 for entry in entries}
    for file in folder.glob(f"*{SUFFIX}"):
        if file.stem not in named:
            file.unlink(missing_ok=True)
    return ModelSet(site, kept, models.not_evaluated, trained_ns=models.trained_ns, digest=manifest.digest)


def load(site: Site, data_dir: Path, digest: str = "") -> Loaded:
    """Return the saved models; a file that is not what was saved is refused, and its model is absent.

    ``digest`` is what the manifest must have where it is known from elsewhere, such as the ledger. Without a manifest
    there are no models and no problem.
    """
    folder = data_dir / FOLDER
    path = folder / MANIFEST
    if not path.exists():
        return Loaded(models=ModelSet(site, ()))
    manifest = _manifest(path, digest)
    if isinstance(manifest, Problem):
        return Loaded(models=ModelSet(site, ()), problems=(manifest,))
    body = manifest.body
    if body.site != site.name or body.sklearn != sklearn.__version__:
        problem = Problem(key="models.stale", file=str(path), level="warning", params={"site": body.site})
        return Loaded(models=ModelSet(site, ()), problems=(problem,))
    found, problems, refused = [], [], list(body.not_evaluated)
    for entry in body.entries:
        model = _model(folder, entry)
        if isinstance(model, Problem):
            log.warning("%s", model.sentence("en"))
            problems.append(model)
            plan = entry.card.plan
            refused.append(NotModelled(rule=plan.family, node=plan.node, reason="refused"))
        else:
            found.append(model)
    models = ModelSet(site, found, tuple(refused), trained_ns=body.trained_ns, digest=manifest.digest)
    return Loaded(models=models, problems=tuple(problems))


def _digest(body: Body) -> str:
    return hashlib.sha256(msgspec.json.encode(body)).hexdigest()


def _manifest(path: Path, digest: str) -> Manifest | Problem:
    refused = Problem(key="models.manifest", file=str(path))
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except (msgspec.DecodeError, OSError):
        return refused
    body = manifest.body
    if body.schema != SCHEMA or manifest.digest != _digest(body) or digest not in {"", manifest.digest}:
        return refused
    return manifest


def _model(folder: Path, entry: Entry) -> ResidualModel | Problem:
    path = folder / f"{entry.sha256}{SUFFIX}"
    name = entry.card.plan.key
    try:
        content = path.read_bytes()
    except OSError:
        return Problem(key="models.gone", file=str(path), params={"model": name})
    if hashlib.sha256(content).hexdigest() != entry.sha256:
        return Problem(key="models.tampered", file=str(path), params={"model": name})
    strange = sorted(set(skops.io.get_untrusted_types(data=content)) - set(TRUSTED))
    if strange:
        return Problem(key="models.strange", file=str(path), params={"model": name, "types": ", ".join(strange)})
    return ResidualModel(entry.card, skops.io.loads(content, trusted=list(TRUSTED)))
