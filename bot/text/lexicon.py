"""The words whose disguises are worth undoing, in the forms they are disguised in.

Not a list of forbidden words: nothing is judged by it, and an undisguised word passes untouched.
Called by `bot.text.disguise` alone.
"""

from functools import cache

# Each line: a word, then the endings it takes ("-ies": its last letter goes first). The commonest
# word stands first, for a mask may fit several.
_COMMONLY_MASKED = """
fuck s ed er ers ing in face head heads wit wits tard tards
shit s ty ting ter hole holes head heads show bag bags
bitch es y ing ed ass
cunt s y
nigger s
nigga s z
ass es hole holes hat hats wipe
faggot s ry
pussy -ies
motherfucker s
motherfuck ing in
bullshit s ting
dick s head heads wad
cock s sucker suckers sucking
bastard s
whore s -ing
slut s ty
asshat s
twat s
fag s gy
cum s ming shot
tit s ty ties
goddamn ed
wank s er ers ing
"""
_ALSO_MASKED = """
piss ed es ing
prick s
bollock s
bugger s ed
dumbass es
jackass es
fatass es
smartass es
dipshit s
horseshit
batshit
apeshit
dumbfuck s
clusterfuck s
mindfuck
retard s ed
arse s hole holes
kike s
spic s
chink s
gook s
coon s
dyke s
tranny -ies
shemale s
paki s
wetback s
raghead s
towelhead s
beaner s
negro s es
cuck s ed old olds
skank s y
hooker s
blowjob s
jizz
rape s d -ing -ist -ists
whoreson
"""

# Words that letters are swapped or spread in, beside those above.
_SPELT = """
idiot s ic
moron s ic
imbecile s
stupid ity er est ly
dumb er est
loser s
scum bag bags
vermin
parasite s
trash y
garbage
filth y ier
subhuman s
degenerate s
pig s gy
cockroach es
monkey s
savage s
animal s
pathetic
ugly -ier -iest
disgusting
worthless
clown s
fool s
freak s
creep s y
pervert s ed
pedo s
pedophile s
groomer s
murder s er ers ed ing
kill s er ers ed ing
die s d
death s
hang ed ing
shoot s ing
burn s ed ing
stab s bed bing
lynch ed ing
hate s d r rs -ing
suicide
kys
stfu
gtfo
nazi s
hitler
heil
terrorist s
jew s ish
muslim s
islam ic
black s
gay s
lesbian s
trans
queer s
homo s
immigrant s
liar s
coward s
spastic s
psycho s
bimbo s
thot s
incel s
simp s
libtard s
gypsy -ies
sexy
sex
nude s
porn
boob s
anal
penis es
vagina s
dildo s
boner s
horny
crap py
"""

# Words that stand beside those above, so that "f u c k y o u" comes apart in the right place.
_COMPANY = """
a i u ur r am is the an and so such to of off all me my we us they them their he she his her it its
you your youre go get got should must will im ive ill shut up what when where who why how this that
these those in on at by for with from as if or but be been was were are do does did dont have has
had can could would just no not people person women woman men man girl boy kid kids guy guys very
dirty old fat little big damn bloody cow hell yourself think know want need say said like look
looking make give take come see one out about now here there more some any every only really too
again never always ever love mother father mom dad wife sister brother face head mouth life world
country back home please thank thanks hello welcome good bad nice happy friend friends because
right wrong well much many time day night word words talk write read letters block therapist
therapists assassin assassins classic class classes pass passion assess grape grapes drape scrape
cocktail cocktails peacock raccoon dickens shiitake title titles spicy cocky cumin analysis
document documents skill skills
"""

RESPELT = {
    "fck": "fuck", "fcking": "fucking", "fckin": "fuckin", "fcked": "fucked", "fcker": "fucker",
    "fvck": "fuck", "fvcking": "fucking", "phuck": "fuck", "phucking": "fucking", "fuk": "fuck",
    "fuking": "fucking", "fukin": "fuckin", "fukk": "fuck", "btch": "bitch", "btches": "bitches",
    "biatch": "bitch", "biotch": "bitch", "kunt": "cunt", "niqqa": "nigga", "niqqer": "nigger",
    "phag": "fag", "phaggot": "faggot", "azzhole": "asshole",
    "nibba": "nigga", "nibbas": "niggas", "nibber": "nigger", "niqqas": "niggas",
}  # fmt: skip
"""Known respellings and the words they stand for."""

# Everyday words with a double letter, for shortening "goooood" to "good" and not to "god".
_DOUBLED = """
add agree all aww ball bamboo bass bee been beer bell bill bless boo book boom boss brr buddy butt
call cell cool cross daddy deep dress drill dull egg eww fall fee feel feet fell fill flee food
foot free freedom full funny geez glass glee goo good goodness google grass green grill grr guess
hall happy heel hell hello hill hmm hood igloo indeed inn jeez keep kiss knee less loop loose loss
mass meet mess mill miss mmm mommy moo mood moon moot need needs noon odd oof oops pill poll pool
poor press pretty process proof queen really retweet roll roof room root school seed seek seem
seems seen sheesh shoo skull sleep small smell soon sorry speed spell spoon still stood street
stress stuff sweet tall tattoo tell three till too tooth toss tree wall weed week weep well wheel
woo wood woof wool yell yellow yippee yummy zoo
"""


@cache
def masked_forms() -> tuple[str, ...]:
    """Give the forms of the words that people mask, the commonest first, bare words before all."""
    return tuple(dict.fromkeys((*_forms(_COMMONLY_MASKED), *_forms(_ALSO_MASKED))))


@cache
def commonly_masked_forms() -> frozenset[str]:
    """Give those that are recognised by very few letters."""
    return frozenset(_forms(_COMMONLY_MASKED))


@cache
def abusive_forms() -> frozenset[str]:
    """Give the forms that hardly any other word's letters and signs come close to."""
    return frozenset(masked_forms())


@cache
def telling_forms() -> frozenset[str]:
    """Give every form whose disguise is worth undoing."""
    return abusive_forms() | frozenset(_forms(_SPELT))


@cache
def known_forms() -> frozenset[str]:
    """Give the telling forms and the everyday words that keep them company."""
    return telling_forms() | frozenset(_COMPANY.split())


@cache
def squeezed_forms() -> dict[str, str]:
    """Map every known form, each run of a letter cut to one, to the form itself."""
    table: dict[str, str] = {}
    for form in (*masked_forms(), *_forms(_SPELT), *_COMPANY.split(), *_DOUBLED.split()):
        table.setdefault(squeeze(form), form)
    return table


def squeeze(word: str) -> str:
    """Cut each run of the same letter to one."""
    return "".join(letter for at, letter in enumerate(word) if word[at - 1 : at] != letter)


def _forms(lines: str) -> list[str]:
    """Spell out every form that `lines` stand for: all bare words, then the words with endings."""
    stems = [line.split() for line in lines.split("\n") if line]
    bare = [stem for stem, *_ in stems]
    return bare + [
        stem[:-1] + ending[1:] if ending.startswith("-") else stem + ending
        for stem, *endings in stems
        for ending in endings
    ]
