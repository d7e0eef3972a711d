"""The recipe by source: how its texts are cleaned, how often and how heavily its rows count.

Judgements about other people's labels, each with its reason; not the reading of files
(`bot.training.examples`), which is its only caller.
"""

import ast
import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from config.labels import Label

LABELS = (
    Label.TOXICITY,
    Label.SEVERE_TOXICITY,
    Label.OBSCENE,
    Label.THREAT,
    Label.INSULT,
    Label.IDENTITY_ATTACK,
)
"""The labels of Detoxify's `original`, in the order of the model's outputs."""


class Raters(StrEnum):
    """Whose idea of the labels a source has. Each kind of raters has an output of its own a label.

    What one of them calls an insult another does not; taught through one output, they would fight.
    """

    WIKIPEDIA = "wikipedia"
    """Detoxify's own: Jigsaw's raters of talk pages."""
    CROWD = "crowd"
    """Crowds that rated comments picked for being toxic."""
    HATE = "hate"
    """Those who looked for hatred, and pass over swearing and quarrels."""


SHARES: Mapping[Raters, Mapping[Label, float]] = {
    Raters.WIKIPEDIA: {
        Label.TOXICITY: 0.7,
        Label.SEVERE_TOXICITY: 1.0,
        Label.OBSCENE: 1.0,
        Label.THREAT: 0.5,
        Label.INSULT: 0.6,
        Label.IDENTITY_ATTACK: 0.5,
    },
    Raters.CROWD: {Label.TOXICITY: 0.15, Label.INSULT: 0.4},
    Raters.HATE: {Label.TOXICITY: 0.15, Label.THREAT: 0.5, Label.IDENTITY_ATTACK: 0.5},
}
"""What each kind of raters has to say in the model that ships: its outputs are mixed so, as logits.

The shares of a label add up to 1. A mix of linear outputs is a linear output: it costs nothing.
"""


@dataclass(frozen=True, slots=True)
class Source:
    """How one source takes part.

    `repeat` is how often a row is drawn in one pass (0.4: four passes of ten). `boosts` gives a
    higher `repeat` to rows positive for a label. `weights` scales single labels in the loss,
    `negative_weights` only where the label is below 0.5. `implied` fills an unknown toxicity from
    identity_attack: (value where it is an attack, value where it is none, weight in the loss).
    `raters` say whose outputs learn from it; None stands for the mixture, as it ships.
    """

    clean: Callable[[str], str]
    repeat: float = 1.0
    clean_repeat: float | None = None
    boosts: Mapping[Label, float] = field(default_factory=dict[Label, float])
    weight: float = 1.0
    weights: Mapping[Label, float] = field(default_factory=dict[Label, float])
    negative_weights: Mapping[Label, float] = field(default_factory=dict[Label, float])
    implied: tuple[float, float, float] | None = None
    raters: Raters | None = None


def unwrap_bytes(text: str) -> str:
    """Undo the Python bytes notation (`b'...'`) that ToxiGen's texts are wrapped in."""
    if re.fullmatch(r"""b(['"]).*\1""", text, flags=re.DOTALL) is None:
        return text
    try:
        value: object = ast.literal_eval(text)
    except (SyntaxError, ValueError):
        return text[2:-1].strip()
    return value.decode("utf-8", "replace").strip() if isinstance(value, bytes) else text


def untokenise(text: str) -> str:
    """Join what a tokeniser split (`do n't`, `word .`), which would tell the source."""
    text = re.sub(
        r"\b(ca|do|does|did|is|was|are|were|wo|would|could|should|have|has|had|ai)\s+n\s?['’]\s?t\b",
        r"\1n't",
        text,
        flags=re.IGNORECASE,
    )
    text = re.sub(r"(\w)\s+n\s?['’]t\b", r"\1n't", text)
    text = re.sub(r"(\w)\s?['’]\s?(s|m|t|re|ve|ll|d)\b", r"\1'\2", text)
    text = re.sub(r"\s+([.,!?;:%)\]])", r"\1", text)
    text = re.sub(r"([(\[$])\s+", r"\1", text)
    return re.sub(r"\s{2,}", " ", text).strip()


def clean_post(text: str) -> str:
    """Take the traces of social networks out: retweet marks, stand-ins for users and links."""
    text = html.unescape(html.unescape(text))
    text = re.sub(r"^\s*RT\b[\s:]*", "", text)
    text = re.sub(
        r"[\[<](?:user|url|number|hashtag|email|percent|money|time|date|phone|censored|happy|laugh|sad)[\]>]",
        " ",
        text,
        flags=re.IGNORECASE,
    )
    text = re.sub(r"(?<!\w)@\w+|https?://\S+|\b(?:MENTION|URL|HTTPURL|@USER)\b", " ", text)
    text = re.sub(r"\bvia\s*$|…$|\.\.\.$", "", text.strip())
    return untokenise(text)


def clean_talk(text: str) -> str:
    """Take Wikipedia's page furniture out: headings, stray quotes, indents, signatures."""
    text = text.strip()
    if text.startswith('"') and text.count('"') % 2:
        text = text[1:]
    text = re.sub(r"^\s*\"\s*\n", "", text)
    text = re.sub(r"\s*\"\s*$", "", text) if text.count('"') % 2 else text
    text = text.replace('""', '"')
    text = re.sub(r"={2,}\s*([^=\n]*?)\s*={2,}", r"\1", text)
    text = re.sub(r"'{2,}", "", text)
    text = re.sub(r"^[:*#\s]+", "", text, flags=re.MULTILINE)
    text = re.sub(r"\(?\b\d{1,2}:\d\d, \d{1,2} \w+ (?:\d{4})? ?\(UTC\)", "", text)
    return text.strip()


RECIPE: Mapping[str, Source] = {
    # The bulk, and the only full set of labels; what Detoxify means by them is what is meant here.
    "jigsaw_train": Source(
        clean_talk,
        repeat=2.0,
        clean_repeat=1.6,
        boosts={Label.IDENTITY_ATTACK: 3.0, Label.THREAT: 4.0},
        raters=Raters.WIKIPEDIA,
    ),
    # The only other set with insult, which its raters mean otherwise than Wikipedia's: a quarter of
    # its toxic swearing is an insult, there three quarters. It takes many drawings to learn both.
    # Of obscene it has a narrower idea than Jigsaw (where "idiot" is obscene), which is Detoxify's;
    # its toxicity is the word of three raters or so on posts picked for being toxic.
    "civil_toxic_spans": Source(
        clean_post,
        repeat=1.8,
        weights={Label.OBSCENE: 0.02, Label.TOXICITY: 0.4},
        raters=Raters.CROWD,
    ),
    # "Offensive" there means one word list; learned as obscene it hurts, so it hardly counts.
    "davidson": Source(clean_post, repeat=0.2, weights={Label.OBSCENE: 0.02}, raters=Raters.HATE),
    "discord_benign": Source(clean_post, repeat=0.5),
    "edos": Source(
        clean_post,
        repeat=0.4,
        boosts={Label.THREAT: 1.5},
        implied=(1.0, 0.25, 0.3),
        raters=Raters.HATE,
    ),
    "fox_news_hate": Source(clean_post, repeat=0.8, implied=(1.0, 0.25, 0.3), raters=Raters.HATE),
    # Its "not hateful" holds much that others call toxic: weak evidence for toxicity 0.
    "gab_hate_corpus_train": Source(
        clean_post,
        repeat=0.5,
        boosts={Label.THREAT: 3.0},
        weights={Label.TOXICITY: 0.5, Label.OBSCENE: 0.02},
        negative_weights={Label.TOXICITY: 0.5},
        raters=Raters.HATE,
    ),
    "hatemoji_train": Source(clean_post, repeat=2.0, implied=(1.0, 0.1, 0.3), raters=Raters.HATE),
    "hatemoji_validation": Source(
        clean_post, repeat=2.0, implied=(1.0, 0.1, 0.3), raters=Raters.HATE
    ),
    "hatexplain": Source(clean_post, repeat=0.4, weights={Label.TOXICITY: 0.5}, raters=Raters.HATE),
    "implicit_hate": Source(
        clean_post,
        repeat=0.6,
        negative_weights={Label.TOXICITY: 0.5},
        implied=(0.8, 0.1, 0.4),
        raters=Raters.HATE,
    ),
    "misogyny_reddit": Source(clean_post, repeat=0.3, implied=(1.0, 0.15, 0.3), raters=Raters.HATE),
    # Rewrites of swearing without a target are "toxic" here: less weight than Jigsaw's word.
    "paradetox_neutral": Source(untokenise, repeat=0.4),
    "paradetox_toxic": Source(untokenise, repeat=0.4, weight=0.4, raters=Raters.CROWD),
    "stormfront": Source(untokenise, repeat=0.4, implied=(1.0, 0.15, 0.3), raters=Raters.HATE),
    # People rated these for harm: harmless ones are harmless in general.
    "toxigen_human": Source(unwrap_bytes, repeat=0.8, implied=(0.8, 0.05, 0.5), raters=Raters.HATE),
    "wiki_context_gc": Source(clean_talk, repeat=0.3, raters=Raters.WIKIPEDIA),
    "wiki_context_gn": Source(clean_talk, repeat=0.3, raters=Raters.WIKIPEDIA),
}
"""Every source of the training file; one that is not named here is refused."""


def repeat_of(source: Source, labels: Mapping[Label, float]) -> float:
    """Say how often a row is drawn in one pass. An unknown label is absent from `labels`."""
    boosts = [n for label, n in source.boosts.items() if labels.get(label, 0.0) >= POSITIVE]
    if boosts:
        return max(boosts)
    is_clean = all(value < POSITIVE for value in labels.values())
    return source.clean_repeat if is_clean and source.clean_repeat is not None else source.repeat


def weights_of(source: Source, labels: Mapping[Label, float]) -> dict[Label, float]:
    """Say how much each known label counts in the loss; an unknown one is absent."""
    weights: dict[Label, float] = {}
    for label, value in labels.items():
        weight = source.weight * source.weights.get(label, 1.0)
        if value < POSITIVE:
            weight *= source.negative_weights.get(label, 1.0)
        weights[label] = weight
    return weights


def implied_toxicity(source: Source, labels: Mapping[Label, float]) -> tuple[float, float] | None:
    """Give an unknown toxicity a value and a weight from identity_attack, where the recipe says."""
    attack = labels.get(Label.IDENTITY_ATTACK)
    if source.implied is None or attack is None or Label.TOXICITY in labels:
        return None
    attacking, harmless, weight = source.implied
    return harmless + (attacking - harmless) * attack, weight


def raters_of(source: str) -> Raters | None:
    """Say whose outputs learn from a source; sentences of our own teach the mixture."""
    return RECIPE[source].raters if source in RECIPE else None


POSITIVE = 0.5
"""From here a soft label counts as present."""
