"""Small word lists of the name screening. Pure data: words of the language and of the trade, no person."""


def _words(text: str) -> frozenset[str]:
	return frozenset(text.split())


# Words for people near a child, as base forms. "Toivon äiti" is somebody's mother, "Toivon apua" is a wish.
KIN = _words(
	"äiti isä vanhempi vanhemmat huoltaja isovanhempi perhe sisko veli sisarus mummo mummi mummu ukki vaari pappa "
	"täti setä eno kummi kaksonen äitipuoli isäpuoli isosisko isoveli pikkusisko pikkuveli koti"
)
# After a genitive: with, at the home of, in the opinion of somebody.
COMPANY = _words("kanssa luona luokse luo luota mielestä puolesta")
AND = _words("ja tai sekä och eller")
TIMES = _words("aamu ilta")
# Before an unknown word with a capital, in the nominative: "poika Abdi", "äiti Maryam".
PERSON = KIN | _words("lapsi poika tyttö vauva taapero nimi sukunimi etunimi kaveri ystävä")
NAMED = frozenset({"nimeltä", "nimeltään", "nimi", "namn", "heter", "namnet", "kutsumanimi"})

# Names of systems, methods and forms of the trade which are a first name or a surname as well.
NOT_PERSONS = _words(
	"wilma daisy piki vasu leops kanta evaka edlevo pegasos varda stakes kela marte meo "
	"gordon sherborne kiva montessori steiner freinet reggio pikler mannerheim"
)

SWEDISH_FUNCTION_WORDS = _words(
	"och att det är inte som för med har på barnet barn till av om hur kan när vi jag ett den de han hon sig men "
	"från så där här vad vill ska eller också efter vid mycket barnets dagis daghemmet förälder föräldrar "
	"föräldrarna måste blir var mamma pappa oss sin sitt varje"
)
FINNISH_FUNCTION_WORDS = _words(
	"on ei ja että kun lapsi lapsen lasta se hän joka mutta myös tai niin kuin olla oli ovat voi mitä miten "
	"kanssa jos sitä vain ryhmässä päiväkodissa huoltaja vanhemmat vanhempien en olen emme olemme ole minä me"
)
# Swedish words of daily use that are names as well; written small they are words.
SWEDISH_WORDS = _words(
	"saga björn dag sten stig bo my ask alm ek lind berg ström holm sol rosa viola iris liv storm sky lo ros lilja "
	"viva dal strand ny svan frost per max sand kvist gran lund skog blom man kan var hav alla alba is or "
	"bror ulf falk örn vide varg sommar vinter stark kar bra la ja en"
)

# Parts of names that are no names by themselves.
PARTICLES = _words("von af de da di del la le el al bin ibn abu van der den dos du ten")
