"""Which disguises the folded reading undoes, and what it must leave alone."""

import pytest

from bot.text import fold, read


@pytest.mark.parametrize(
    ("plain", "folded"),
    [
        # leet
        ("id1ot m0r0n f4gs a55hole 1D10T", "idiot moron fags asshole IDIOT"),
        ("@ss, $hit! pu$$y b!tch (sh!t)", "ass, shit! pussy bitch (shit)"),
        ("k1ll y0urself", "kill yourself"),
        ("you !d!ot, !d10t!", "you idiot, idiot!"),  # an i at the start is no punctuation
        ("di¢k ©unt", "dick cunt"),
        ("n1gg3r's", "nigger's"),
        # masks
        ("f*ck f**k f*cking F**K Sh*t f@#k", "fuck fuck fucking FUCK Shit fuck"),
        ("f*** s*** b**** a** f***ing bull****", "fuck shit bitch ass fucking bullshit"),
        ("n****r n***a f****t p***y b*****d", "nigger nigga faggot pussy bastard"),
        ("f-ck sh_t f--k f-ing", "fuck shit fuck fucking"),
        ("f**ck n*****r sh*ting", "fuck nigger shitting"),  # a star too many or too few
        ("motherf*cker a**hole wh*re r*tard sp*c", "motherfucker asshole whore retard spic"),
        # signs in between
        ("f.u.c.k n-i-g-g-e-r I*D*I*O*T nig-ger", "fuck nigger IDIOT nigger"),
        ("f—k you, s—t happens, f–ck", "fuck you, shit happens, fuck"),  # dashes
        ("fu**c**k **f**uck id**i**ot", "fuck fuck idiot"),  # bold inside a word
        # spacing
        ("f u c k y o u", "fuck you"),
        ("you (f u c k) i d i o t. 'f a g', b i t c h!!", "you (fuck) idiot. 'fag', bitch!!"),
        ("you are an i d i o t !", "you are an idiot !"),
        ("what a b i t c h", "what a bitch"),
        ("S T U P I D", "STUPID"),
        ("y o u a r e a v e r y s t u p i d p e r s o n", "you are a very stupid person"),
        ("w e l c o m e h o m e", "welcome home"),
        ("fu ck off", "fuck off"),
        # repeated letters
        ("fuuuuck stuuupid biiitch asssss", "fuck stupid bitch ass"),
        ("sooo goooood, yesss! hellooo", "so good, yes! hello"),
        # accents and respellings
        ("fück ƒuck btch phuck", "fuck fuck bitch fuck"),
        ("f\u034eu\u034ec\u034ek\u034e i\u034ed\u034ei\u034eo\u034et\u034e", "fuck idiot"),
        # letters of several scripts in one word
        ("αяє ι∂ισт", "are idiot"),
        # several at once
        ("m0th3rf*ck3r FUUUU*K", "motherfucker FUUUU*K"),
    ],
)
def test_disguises_are_undone(plain: str, folded: str) -> None:
    assert fold(plain) == folded


@pytest.mark.parametrize(
    "plain",
    [
        "Scunthorpe class assess passion cocktail therapist Dickens grape",
        "5 stars, $5, C++, C#, i < 3, page 41, 50%, #1, @home",
        "31 repairs were logged, not 13",
        "3D 1st 2nd h2o covid19 mp3 4x4 10am page41 GPT4 v1.2.3 0xdeadbeef a55 A$AP Ke$ha",
        "a b c test, vitamins A B C, the U S A, A I D S",
        "5*5, 2*3, a*b, a*s, d*e, h*llo, d*mn, c*nsored, k*ng, m*n, p***t",
        "g**d p****e w*** d***d c**r b**k l**e t***e h*ll",
        "key-value e-mail co-op U.S.A. e.g. J.R.R. a.m. and/or x_y s-t-u",
        "who're Dick's cock-eyed as.in it.is *note ass* fuck",
        "J0hn_d0e harbourrat77 xX_gamer_Xx user@mail.example www.a.example/sh1t.html",
        "III VIII XXX IEEE www aaa zzz",
        "gr8 m8 l8r b4 2nite w00t l33t hi5 5.3.x",
        "Privet Сука Привеееет Größe Schiff 東京",
        "!is !important (rap music) ¡idiota! word—word she—well 5–3",
        "x**y**z 2**3**4 ∂f/∂x ∂u © 2020 5¢ ©2020",
        "αη Σοφία я Привет ẹ̀kọ́ rọ̀rọ̀",
        "3 x 3 = 9; x ^ 2 + y; 1 2 3 4 5; - - -",
    ],
)
def test_ordinary_text_is_left_alone(plain: str) -> None:
    assert fold(plain) is plain


@pytest.mark.parametrize("plain", ["fuck you", "you idiot", "shit happens", "kill them"])
def test_undisguised_words_are_left_alone(plain: str) -> None:
    assert fold(plain) is plain


def test_look_alikes_and_spacing_are_undone_together() -> None:
    reading = read("🇫 🇺 🇨 🇰  **y**ou f\u200bаgg0t")

    assert reading.plain == "f u c k **y**ou fagg0t"
    assert reading.folded == "fuck you faggot"
