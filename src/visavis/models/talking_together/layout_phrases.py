"""What phrases of plain English say about where two people are.

Phrases of one meaning stand on lines and between bars, as regular expressions; of phrases that overlap in a text the
longest counts. docs/layout.md tells the same in words.
"""

from __future__ import annotations

import re
from dataclasses import replace

from visavis.models.talking_together.layout_effects import (
    ANGLED,
    BACKS,
    BEHIND,
    BENT,
    CAR,
    CORNER,
    CROUCHING,
    DIAGONAL,
    FACE_TO_FACE,
    FLOOR,
    HALF,
    KNEELING,
    LYING,
    OUT,
    SEATED,
    SHOULDERS,
    SIDE_BY_SIDE,
    STANDING,
    STOOL,
    STRANGERS,
    WALKING,
    Arrangement,
    Effect,
    Posture,
    Rank,
)
from visavis.models.talking_together.layout_people import OTHER

_NAMED = {
    "OTHER": OTHER,
    "MY": r"(?:an?|the|his|her|their|its|some|opposite)",
    "A": r"(?:the|an?)(?: \w+)?",
    "ROOM": r"(?:room|hall|hallway|office|kitchen|studio)",
    "OUTDOORS": r"(?:street|road|river|canyon|valley|field|courtyard|yard|square|pool)",
    "AUDIENCE": r"(?:audience|crowd|camera|viewers?|public)",
    "GROUND": r"(?:floor|ground|grass|carpet|rug|mat|sand|lawn)",
}
"""Words that stand in phrases by name."""


def _arranged(arrangement: Arrangement) -> Effect:
    return Effect(arrangement.name, arrangement, rank=Rank.ARRANGEMENT)


def _at(says: str, apart_m: float, arrangement: Arrangement | None = None, off_deg: float | None = None) -> Effect:
    """A distance that words say."""
    return Effect(says, arrangement, apart_m, Rank.SAID, off_deg=off_deg)


def _setting(
    says: str,
    apart_m: float,
    between: tuple[float, float],
    arrangement: Arrangement = FACE_TO_FACE,
    posture: Posture | None = SEATED,
) -> Effect:
    return Effect(says, replace(arrangement, apart_m=apart_m), apart_m, between=between, posture=posture, personal=True)


def _posture(posture: Posture) -> Effect:
    return Effect(posture.name, posture=posture, rank=Rank.SAID, personal=True)


def _mood(says: str, nearer: float = 1.0, facing: bool = False) -> Effect:
    return Effect(says, nearer=nearer, facing=facing, soft=True)


_PHRASES: tuple[tuple[Effect, str], ...] = (
    # arrangements
    (_arranged(FACE_TO_FACE), r"""
        face[ -]to[ -]face | (?:across|opposite)(?: (?:from|to))? {OTHER} | head[ -]on | vis[ -a]+vis
    """),
    (Effect("facing each other", facing=True, rank=Rank.ARRANGEMENT), r"""
        (?:face|faces|facing|faced)(?: towards?)? {OTHER} | eye[ -]to[ -]eye | look(?:s|ing)? at {OTHER}
    """),
    (_arranged(SIDE_BY_SIDE), r"""
        side[ -]by[ -]side | (?:next to|beside|alongside|by the side of)(?: {OTHER})? | abreast | in a row
    """),
    (_arranged(SHOULDERS), r"""
        shoulder[ -]to[ -]shoulder | arm in arm | hand in hand | elbow to elbow | holding hands
    """),
    (_arranged(BACKS), r"back[ -]to[ -]back | backs (?:turned )?to {OTHER} | with their backs"),
    (_arranged(CORNER), r"""
        at (?:a )?right angles?(?: to \w+ \w+)? | perpendicular | around (?:a|the) corner | l[ -]shaped?
    """),
    (_arranged(CORNER), r"""
        (?:at|on|across|round|around) {MY} corner(?: of {MY}(?: \w+)? (?:table|desk|sofa|couch|room))?
    """),
    (_arranged(HALF), r"half[ -]turned(?: (?:to|towards?) \S+ \w+)? | three[ -]quarters? (?:view|turned)"),
    (_arranged(HALF), r"""
        (?:slightly |a little |a bit )?(?:angled|turned|turning) (?:slightly )?(?:to|towards?|in) {OTHER}
    """),
    (_arranged(SHOULDERS), r"""
        (?:facing|look(?:s|ing)? (?:out )?(?:at|over|to)|watching) (?:the |a )?(?:sea|ocean|view|water|lake|sunset|fire)
    """),
    (_arranged(DIAGONAL), r"diagonal(?:ly)?(?: (?:across|opposite))?"),
    (_arranged(OUT), r"""
        (?:turned |facing |looking )(?:out |both )?(?:to|towards?|at|into)? ?the {AUDIENCE}
    """),
    (_arranged(BEHIND), r"behind {OTHER} | (?:in|a) single file"),
    (replace(_arranged(BEHIND), posture=STANDING), r"""
        (?:in|a) (?:queue|line) | queu(?:e|es|ed|ing|eing) | lin(?:ed|ing) up
    """),
    (_arranged(FACE_TO_FACE), r"in front of {OTHER} | before {OTHER}"),
    # distances
    (_at("nose to nose", 0.35, FACE_TO_FACE), r"""
        nose[ -]to[ -]nose | (?:fore)?head[ -]to[ -](?:fore)?head | in (?:his|her|each other's) face
    """),
    (_at("heads together", 0.32), r"cheek[ -]to[ -]cheek | heads together"),
    (_at("arm's length", 0.7), r"(?:at |within |an )*arm'?s'? (?:length|reach) | within reach"),
    (_at("toe to toe", 0.5, FACE_TO_FACE), r"toe[ -]to[ -]toe | chest[ -]to[ -]chest"),
    (Effect("knee to knee", FACE_TO_FACE, 0.75, Rank.SAID, posture=SEATED), r"""
        knee[ -]to[ -]knee | knees (?:almost )?touching
    """),
    (_at("touching", 0.35), r"touching(?: {OTHER})? | skin to skin | pressed (?:together|against \w+ \w+)"),
    (_at("whispering", 0.45), r"""
        whisper(?:s|ing|ed)? | murmur(?:s|ing)? | (?:shar|tell)(?:e|es|ing)? (?:a )?secrets? | gossip(?:s|ing)?
        conspir\w+
    """),
    (_at("embracing", 0.35), r"(?:hug|embrac|cuddl|snuggl)\w* | in each other's arms | arms? around"),
    (_at("kissing", 0.3, FACE_TO_FACE), r"kiss(?:es|ing)?"),
    (Effect("dancing", FACE_TO_FACE, 0.45, Rank.SAID, posture=STANDING), r"""
        danc(?:e|es|ing) | waltz(?:es|ing)? | tango
    """),
    (_at("across the room", 4.0, FACE_TO_FACE), r"""
        (?:from )?(?:across|the other (?:side|end) of|opposite (?:ends|sides|corners) of) {A} {ROOM}
    """),
    (Effect("across the street", FACE_TO_FACE, 6.5, Rank.SAID, posture=STANDING), r"""
        (?:from )?(?:across|opposite sides of|the other side of) {A} {OUTDOORS}
    """),
    (Effect("at both ends of a long table", FACE_TO_FACE, 2.4, Rank.SAID, posture=SEATED), r"""
        (?:opposite|both|far) ends? of {MY}(?: \w+){0,2} table
        (?:across|at|along) {MY} (?:very )?long (?:\w+ )?(?:table|desk)
    """),
    (Effect("raised voices", nearer=1.1, facing=True, soft=True), r"""
        shout(?:s|ing|ed)? | yell(?:s|ing)?(?! at) | call(?:s|ing)? (?:out|over|to each other) | holler\w*
    """),
    (Effect("very close", nearer=0.45), r"""
        (?:very|so|really|too|quite|extremely) (?:close|near)(?: together| to \w+ \w+)? | close[ -]up
        intimate(?:ly)?(?: distance)? | huddl\w+
    """),
    (Effect("close", nearer=0.6), r"""
        (?:close|near)(?: together| by| to \w+ \w+)?(?! (?:friend|relative|colleague|relation|family|up))
        closely | nearby | closer | nearer | in close | cramped | crowded | squeezed
    """),
    (Effect("very far apart", nearer=3.5), r"(?:very|really|so) far(?: apart| away| from \w+ \w+)? | miles apart"),
    (Effect("far apart", nearer=2.5), r"""
        far(?: apart| away| off| from \w+ \w+) | at (?:a|some) distance | distan(?:t|ce|ced)(?= from| to|[,;.]|$)
        wide(?:ly)? apart | well apart | keep(?:s|ing)? (?:their|his|her) distance
    """),
    (Effect("a little apart", nearer=1.3), r"""
        a (?:little|bit) (?:apart|away) | not (?:too|very) close
        (?:some|comfortable|polite|respectful) (?:space|distance)(?: (?:between|apart))?
    """),
    # settings
    (_setting("at a small table", 0.85, (0.55, 1.3)), r"""
        (?:small|tiny|little|narrow|caf[eé]|coffee|bistro|side|card|chess)(?: \w+)? table
    """),
    (_setting("at a large table", 1.6, (0.9, 4.0)), r"""
        (?:big|large|wide|huge|long|conference|meeting|boardroom|banquet) (?:\w+ )?table
    """),
    (_setting("at a table", 1.15, (0.65, 3.0)), r"tables?"),
    (_setting("at a large desk", 1.6, (1.0, 3.0)), r"(?:big|large|wide|huge) (?:\w+ )?desk"),
    (_setting("at a desk", 1.35, (0.8, 3.0)), r"desks?"),
    (_setting("at a counter", 1.0, (0.5, 2.0), ANGLED, STANDING), r"""
        counter | bar(?! stools?) | coffee machine | water ?cooler | copier | buffet
    """),
    (_setting("in a bar", 0.8, (0.5, 1.6), HALF, STOOL), r"(?:at|in) (?:a|the) (?:pub|bar)(?! stools?)"),
    (_setting("on stools", 0.75, (0.45, 1.5), HALF, STOOL), r"bar ?stools? | stools? | high chairs?"),
    (_setting("on a sofa", 0.65, (0.35, 1.5), SIDE_BY_SIDE), r"""
        sofas? | couch(?:es)? | settee | love ?seat | futon
    """),
    (_setting("on a bench", 0.65, (0.35, 1.6), SIDE_BY_SIDE), r"""
        bench(?:es)? | pew | swing
        (?:on|on top of) (?:a|the|some)(?: \w+)? (?:log|wall|steps|stairs|ledge|bleachers)
    """),
    (_setting("on chairs", 1.4, (0.6, 4.0), ANGLED), r"(?:arm|easy |deck )?chairs? | recliners? | seats?"),
    (_posture(SEATED), r"wheelchair"),
    (_setting("in a car", 0.75, (0.55, 1.0), CAR), r"""
        (?:cars?|taxi|cab|truck|van|driv(?:er|ing)|cockpit|front seats?)
    """),
    (_setting("in a train", 0.6, (0.45, 1.6), SIDE_BY_SIDE), r"""
        train | tram | bus(?! stop) | subway | plane | airplane | metro
    """),
    (_setting("watching", 0.65, (0.4, 1.5), SHOULDERS), r"""
        cinema | theat(?:re|er) | movies? | film | watch(?:es|ing)? (?:tv|television|the game) | television
    """),
    (_setting("walking", 0.75, (0.4, 1.5), WALKING, STANDING), r"""
        walk(?:s|ing|ed)? | stroll(?:s|ing)? | hik(?:e|es|ing) | jog(?:s|ging)? | marching | pac(?:es|ing)
    """),
    (_setting("waiting", 1.0, (0.5, 2.5), STRANGERS, STANDING), r"""
        (?:bus|tram) stop | platform | waiting(?: room)? | lift | elevator
    """),
    (_setting("on stage", 1.6, (0.9, 4.0), OUT, None), r"""
        (?:on )?(?:a |the )?stage | podium | panel(?: discussion)? | talk[ -]?show
    """),
    (_setting("in a studio", 0.9, (0.6, 1.6), OUT), r"""
        (?:news ?)?(?:anchors?|casters?|readers?) | commentat\w+ | co-?hosts?
    """),
    (_setting("video call", 0.8, (0.5, 1.2)), r"""
        (?:video|zoom|skype|facetime|online|web|teams)[ -]?(?:call|chat|meeting|conference)\w* | zoom | webcams?
        on (?:a )?screens?
    """),
    (_setting("podcast", 1.2, (0.7, 2.2), ANGLED), r"podcast\w* | radio | recording studio | microphones?"),
    (_setting("interview", 1.5, (0.9, 3.0)), r"""
        (?:job )?interview(?:s|ed|ing|er|ers|ee)? | interrogat\w+ | exam(?:ination)? | hearing | audition
        depos\w+
    """),
    (_setting("interview in the street", 0.8, (0.5, 1.6), ANGLED, STANDING), r"reporters? | journalist"),
    (_setting("meeting", 1.6, (0.9, 4.0)), r"negotiat\w+ | meeting | conference | debat\w+ | deal"),
    (_setting("therapy", 1.8, (1.2, 3.0), ANGLED), r"therap\w+ | counsel\w+ | psycholog\w+ | session"),
    (_setting("playing at a table", 0.9, (0.6, 1.3)), r"""
        chess | card(?:s| game) | backgammon | arm[ -]?wrestl\w+ | board game | draughts | checkers
    """),
    (_setting("at a small table", 0.95, (0.6, 2.5)), r"""
        dinner | lunch | breakfast | dining | eat(?:s|ing)? | restaurant | caf[eé] | meal | candle\w* | date
        tea | coffee | drinks?
    """),
    (_setting("in a hall", 3.0, (1.0, 8.0), posture=None), r"""
        (?:lecture|concert|sports?|great|town) hall | auditorium | gym | church | stadium | court(?:room)?
        warehouse
    """),
    (_setting("in a classroom", 3.0, (1.5, 7.0), posture=None), r"""
        blackboard | whiteboard | (?:class|lecture) ?room | lectern
        (?:first|second|third|fourth|last|back|front) row
    """),
    (_setting("over a fence", 1.0, (0.7, 2.0), posture=STANDING), r"""
        fence | hedge | gate | balcon(?:y|ies) | railing
    """),
    (_setting("standing about", 1.0, (0.5, 3.0), ANGLED, STANDING), r"""
        part(?:y|ies) | reception | street | corridor | hallway | doorway | door | porch | sidewalk | pavement
        shop | market | cocktail\w* | kitchen | stove | sink
    """),
    (_setting("round a fire", 1.2, (0.5, 2.5), HALF, FLOOR), r"""
        (?:camp)?fire | fireplace | beach | picnic | blanket | tent
    """),
    (_setting("in bed", 0.6, (0.35, 1.2), HALF, LYING), r"(?:in )?beds? | mattress | hospital bed"),
    (_setting("fight", 0.9, (0.5, 2.5), posture=STANDING), r"""
        fight(?:s|ing)? | box(?:ers?|ing) | duel | spar\w* | fenc(?:e|ing)(?= (?:match|duel)) | martial\w*
    """),
    # postures
    (_posture(SEATED), r"sit(?:s|ting)?(?: down)? | sat | seated"),
    (_posture(STANDING), r"st(?:and|ands|anding|ood)(?: up)? | on (?:his|her|their) feet | upright"),
    (_posture(FLOOR), r"""
        (?:sit(?:s|ting)? |sat |seated )?(?:cross-legged )?(?:on|down on)(?: the)? {GROUND}
        cross[ -]legged
    """),
    (_posture(STANDING), r"lean(?:s|ing|ed)? against (?:a|the)(?: \w+)? \w+"),
    (_posture(KNEELING), r"kneel(?:s|ing)? | knelt | on (?:one|his|her|their) knees?"),
    (_posture(CROUCHING), r"crouch(?:es|ing|ed)? | squat(?:s|ting)?"),
    (_posture(LYING), r"""
        l(?:ies|ying|aid|aying)(?: down)?
    """),
    (_posture(BENT), r"""
        (?:bend|bent|bends|bending|stoop|stoops|stooping|stooped|leaning down|leans down)(?: over| down)*
    """),
    (Effect("standing over", posture=STANDING, rank=Rank.SAID, nearer=0.75, over=True, personal=True), r"""
        (?:st(?:and|ands|anding)|loom\w*|tower\w*|ris(?:es|ing)) (?:right )?(?:over|above)
    """),
    (Effect("speaking down", over=True, personal=True), r"""
        (?:look|talk|speak|star|glar)(?:e|s|es|ing)? down (?:at|on|to) | scold\w* | telling off | tells off
    """),
    (Effect("at eye level", level=True), r"(?:at |on )?(?:the same )?eye level | same height | level with"),
    (Effect("leaning in", nearer=0.8, facing=True, soft=True), r"""
        lean(?:s|ing|ed|t)?(?: in| forwards?| over| towards?| across| close)+
    """),
    (Effect("leaning back", nearer=1.15), r"lean(?:s|ing|ed|t)?(?: back| away)+ | reclin\w+"),
    (Effect("tall", size=1.09, personal=True), r"tall(?:er)? | giant | basketball\w*"),
    (Effect("short", size=0.9, personal=True), r"short(?:er)?"),
    # where somebody looks
    (Effect("turned away", off_deg=120, personal=True), r"""
        look(?:s|ing|ed)? (?:\w+ )?away | turn(?:s|ed|ing)? away | fac(?:es|ing) away | avert\w*
        ignor(?:es|ing|ed) | (?:his|her) back(?: is)?(?: turned)?(?: to)?
    """),
    (Effect("not facing each other", off_deg=85), r"""
        not (?:looking at|facing|speaking to|talking to|watching) {OTHER}
        avoid(?:s|ing)? (?:\w+ )*(?:eyes?|gaze|eye contact) | without (?:eye contact|looking) | sulk\w*
        look(?:s|ing)? past {OTHER} | cold shoulder
    """),
    (Effect("looking ahead", off_deg=88), r"straight ahead | at the road"),
    (Effect("looking at the other", off_deg=0, personal=True), r"""
        (?:look|gaz|star|glar|fac|watch)(?:e|s|es|ing)?(?: at| to| into)?(?= {OTHER}\b)
    """),
    (Effect("eye contact", nearer=0.5, facing=True, soft=True), r"""
        gaz(?:e|es|ing) (?:deeply )?into (?:each other's|\w+) eyes | eye contact | star(?:e|es|ing) at {OTHER}
    """),
    # moods
    (_mood("argument", 0.8, facing=True), r"""
        argu\w+ | quarrel\w* | row(?:ing)? | squabbl\w* | bicker\w* | confront\w* | furious\w* | angr\w+
        heated | yell(?:s|ing)? at | disput\w+ | hostile
    """),
    (_mood("intimate", 0.7, facing=True), r"""
        lovers? | romantic\w* | flirt\w* | couple(?! of) | tender\w* | comfort(?:s|ing) | consol\w+
        sweethearts? | newly-?weds?
    """),
    (_mood("friendly", 0.95), r"friend(?:s|ly)? | relax\w* | casual\w* | cosy | cozy | warm(?:ly)? | cheerful\w*"),
    (_mood("formal", 1.15), r"""
        formal(?:ly)? | polite(?:ly)? | official\w* | business\w* | stiff\w* | profession\w+ | diplomat\w*
    """),
    (_mood("reserved", 1.2), r"""
        strangers? | awkward\w* | shy(?:ly)? | wary | warily | nervous\w* | suspicious\w* | tense
    """),
    (_mood("talking"), r"""
        talk(?:s|ing|ed)? | chat(?:s|ting|ted)? | convers\w+ | discuss\w* | speak(?:s|ing)? | dialogue
        listen\w* | discussion | story | stories
    """),
)  # fmt: skip


def _compiled(phrases: str) -> re.Pattern[str]:
    """One pattern of phrases that stand on lines and between bars."""
    each = [phrase.strip() for line in phrases.splitlines() for phrase in line.split(" | ") if phrase.strip()]
    whole = "|".join(each)
    for name, words in _NAMED.items():
        whole = whole.replace(f"{{{name}}}", words)
    return re.compile(rf"\b(?:{whole})(?![\w'])")


PHRASES = tuple((_compiled(phrases), effect) for effect, phrases in _PHRASES)
"""Each group of phrases, and what it says."""
