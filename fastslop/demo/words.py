"""Tables that synthetic models write with: words, sentences, topics, habits, and what is planted in each family."""

from __future__ import annotations

# Words and sentences stand in falling order of their rate at the root (Zipf). A slot in braces is filled from
# the table of that name; ^ makes the next letter a capital.
WORDS = {
    "noun": """door, table, window, lamp, letter, coat, chair, bottle, mirror, road, wall, bridge, ladder,
        clock, basket, kettle, blanket, box, knife, candle, photograph, drawer, shelf, notebook, suitcase,
        hammer, spoon, curtain, fence, wagon, bucket, ribbon, pillow, key, coin, map, stove, bell,
        staircase, doorway, envelope, newspaper, piano, umbrella, scarf, lantern, jar, rope, saddle,
        barrel, trunk, teacup, bench, plate, stone, glove, compass, ledger, pendant, locket, spyglass,
        thimble, satchel, hinge, gramophone, needle""",
    "adj": """old, small, dark, cold, quiet, long, heavy, white, narrow, empty, strange, warm, broken,
        bright, thin, soft, pale, tired, distant, wooden, rusted, familiar, forgotten, gentle, patient,
        careful, ruined, crooked, faded, stubborn, hollow, faint, brittle, polished, weathered, damp,
        silent, lonely, sudden, fragile, solemn, tangled, delicate, ancient, luminous, restless, tender,
        sharp, dusty, yellow, secret, painted, borrowed, foreign, plain, modest, cheerful, worn,
        shimmering, gossamer, crystalline, ethereal, labyrinthine, gilded, threadbare, fractured, bruised,
        sombre, velvet, serpentine, kaleidoscopic, indelible, palpable, intricate""",
    "adverb": """slowly, quietly, carefully, softly, again, at once, suddenly, twice, gently, alone, for a
        long time, without haste, almost politely, patiently, badly, firmly, sideways, like an old friend,
        once more, steadily, faintly, with care, absently, in silence, briefly, sharply, tenderly,
        solemnly, deliberately, wordlessly, imperceptibly, reverently, ceaselessly, methodically,
        languidly""",
    "did": """waited, moved, stopped, fell, turned, changed, trembled, vanished, shone, rattled, faded,
        opened, closed, paused, shook, burned, swayed, groaned, flickered, settled, glowed, drifted,
        hummed, creaked, leaned, lingered, shivered, whispered, echoed, gleamed, unravelled, pulsed,
        coalesced, unfurled, reverberated, dissolved, splintered, shimmered, loomed""",
    "moved": """walked, ran, climbed, hurried, went, came, stood, sat, stepped, crept, wandered, knelt,
        stumbled, marched, lingered, slipped, crouched, drifted, strode, paced, trudged, tiptoed,
        meandered, shuffled, staggered""",
    "took": """took, held, found, opened, lifted, carried, watched, left, touched, kept, dropped, closed,
        pushed, turned, hid, sold, cleaned, mended, studied, ignored, borrowed, buried, folded, unwrapped,
        gathered, weighed, traced, examined, clutched, cradled, brandished, relinquished, caressed,
        inspected, reclaimed, scrutinised""",
    "ing": """waiting, listening, smiling, watching, shaking, laughing, breathing, singing, counting,
        frowning, trembling, nodding, humming, blinking, weeping, yawning, shivering, pleading, grinning,
        muttering, hoping, pretending, remembering, hesitating, faltering, contemplating, reminiscing,
        unravelling""",
    "body": """hands, face, eyes, shoulders, heart, mouth, fingers, arms, chest, hair, throat, back,
        knees, cheeks, wrists, lips, jaw, palms, brow, temples, ribs, spine""",
    "abstract": """time, silence, fear, hope, trouble, memory, grief, patience, pride, love, work, luck,
        doubt, anger, shame, comfort, faith, longing, sorrow, mercy, wonder, courage, guilt, resolve,
        solitude, dread, kindness, distance, curiosity, resilience, melancholy, serendipity, defiance,
        vulnerability, nostalgia, reverence, transience, complexity, anticipation, authenticity,
        belonging, stillness, inevitability""",
    "plural": """people, children, houses, trees, books, hours, birds, letters, neighbours, winters,
        names, streets, stars, stories, windows, promises, shadows, strangers, debts, rumours, mistakes,
        footsteps, voices, roots, lanterns, secrets, maps, rivers, bells, ashes, threads, echoes,
        whispers, fragments, tendrils, embers, constellations, ripples, tapestries, symphonies, shards,
        facets, nuances, undercurrents""",
    "prep": """by, behind, under, near, past, beside, towards, above, beyond, across from, below, against,
        around, beneath, between the gate and, in front of, opposite, amid""",
    "weather": """rain, wind, light, sun, fog, snow, mist, moon, storm, dusk, smoke, thunder, frost, sky,
        drizzle, dawn, hail, twilight, starlight, haze, gloaming, downpour""",
    "colour": """grey, black, red, blue, brown, green, golden, silver, amber, copper, violet, crimson,
        ochre, ivory, indigo, cerulean, obsidian, emerald""",
    "smell": """smoke, salt, rain, dust, bread, iron, soap, ink, wet wool, paraffin, cedar, tobacco,
        coffee, mud, lavender, camphor, ozone, petrichor, cinnamon, varnish, moss""",
    "mood": """sad, afraid, calm, angry, sure, glad, lost, proud, lonely, ashamed, brave, hopeful, weary,
        content, anxious, numb, grateful, uneasy, bitter, exhilarated, bereft, wistful, resolute,
        bewildered""",
    "time": """that night, in the morning, later, at noon, by evening, after supper, on Sunday, the next
        day, that winter, before dawn, an hour later, at last, in those days, that afternoon, on the third
        day, towards midnight, years later, within the week, at first light, when the bells rang,
        eventually, in the weeks that followed, moments later, as twilight fell""",
    "said": """said, asked, answered, whispered, replied, called, murmured, muttered, shouted, repeated,
        insisted, laughed, sighed, breathed, added, declared, snapped, rasped, admitted, intoned""",
    "linker": """in the end, of course, for years, in truth, after all, by contrast, moreover, perhaps, in
        practice, ultimately, as a rule, furthermore, at its core, in other words, crucially, above all,
        to be sure, notably, in essence, more often than not""",
    "shaped": """shaped, changed, explained, outlived, needed, feared, served, defined, carried, divided,
        governed, betrayed, sustained, fostered, underscored, illuminated, transcended, embodied,
        reflected, navigated, encompassed, showcased, cultivated, reinforced, undermined""",
    "heroine": """Anna, Mary, Clara, Ruth, Helen, Nora, Edith, Alice, Martha, Ines, Greta, Sofia, Lucia,
        Maud, Tamsin, Yara, Odile, Priya, Wren, Isolde, Marisol, Elspeth, Juno, Vesper, Ottilie, Saskia,
        Anneliese""",
    "hero": """Thomas, John, Peter, Henry, Daniel, Samuel, Walter, Joseph, Martin, Oscar, Felix, Simon,
        Hugo, Edgar, Jonas, Silas, Emeric, Rafael, Tobias, Caspian, Leopold, Anselm, Kai, Orson, Lysander,
        Matteo, Ivo""",
}  # fmt: skip
SENTENCES = {
    "story": """{A} {moved} {prep} the {noun} |
        {she} {took} the {noun} and {moved} {prep} the {adj} {thing} | the {thing} {did} {adverb} |
        the {adj} {noun} {did} {prep} the {thing} | {time}, {A} {took} the {thing} |
        {B} {took} the {noun}, {ing} {adverb} | {she} was {mood}, and {her} {body} {did} |
        the {weather} {did} over {town} |
        there was {abstract} in the {weather} and {abstract} in {her} {body} |
        {she} {took} the {noun} {adverb} | {time}, the {weather} turned {colour} |
        the {noun} smelled of {smell} and {smell} | nothing about the {thing} was {adj} any more |
        {A} and {B} {moved} {prep} the {noun} without a word |
        a {adj} {noun} {did} where the {thing} had been |
        {she} thought of the {plural} and of the {adj} {thing} |
        {B} had brought a {noun}, a {noun} and a {adj} {thing} |
        the {plural} of {town} were {mood}, and the {thing} was {adj} |
        {she} {moved} {adverb}, {ing}, until the {weather} {did} |
        for a moment {A} {did}, and then {she} {took} the {adj} {noun} |
        somewhere {prep} the {noun} a {adj} {thing} {did} |
        {her} {body} remembered the {abstract} before {she} did |
        {time}, {B} {moved} {prep} the {thing}, {mood} and {ing} |
        the {thing} was {colour} and {adj}, like the {noun} {she} {took} as a child |
        {she} counted the {plural} until the {abstract} came | no one in {town} {took} the {thing} {adverb} |
        a {colour} {noun} {did}, {adj} with {smell} and {abstract} |
        {A} {did} as if the {plural} could see {her_object} |
        the {abstract} of the {thing} {did} {adverb} in the {adj} {weather} |
        what {she} {took} was not the {thing} but the {abstract} of it |
        {A} {did}, {her} {noun} forgotten, while the {plural} {did} |
        between the {noun} and the {thing} there was only {adj} {abstract}""",
    "essay": """the {plural} of {town} were never {adj} |
        the {adj} {thing} {shaped} the {abstract} of the whole town |
        {abstract} and {abstract} {shaped} the {thing} more than any {noun} did |
        {linker}, the {thing} {did} {adverb} | most accounts of the {thing} left out the {plural} |
        {linker}, the {abstract} of such {plural} {shaped} the {adj} {noun} |
        what the {thing} offered was not {abstract} but {abstract} |
        the {plural} {took} the {thing} {adverb}, {time} |
        it was a matter of {abstract}, of {plural} and of the {adj} {noun} |
        every {thing} had its {noun}, and every {noun} had its {adj} {abstract} |
        {linker}, a {adj} {thing} {shaped} both the {plural} and the {abstract} |
        the {noun} mattered less than the {abstract} that {shaped} it |
        {time}, the {plural} {took} the {adj} {thing} and called it {abstract} |
        to understand the {thing} was to understand {abstract} |
        there was a {adj} {abstract} to the {thing}, and the {plural} of {town} {shaped} it {adverb} |
        the {weather} and the {thing} {shaped} each other {adverb} |
        {linker}, neither {abstract} nor {abstract} {shaped} the {thing} |
        such {plural} were {adj}, {adj} and {adj} | for the {plural}, the {thing} was {abstract} made {adj} |
        a {thing} without its {plural} was only {smell} and {abstract} |
        {time}, {abstract} {did}, and the {thing} with it |
        the {thing} asked for {abstract} and gave {abstract} back""",
    "speech": """leave the {thing} where it is, | I never {took} the {noun}, | where is the {thing}? |
        you always were {mood}, | the {plural} are {adj} this year, | I don't believe in {abstract}, |
        give me the {noun}, | did you see the {weather}? | we'll need the {thing} and the {noun}, |
        it's only the {weather}, | I was {mood} once, | tell me about the {plural}, |
        that isn't what the {thing} is for, | who {took} the {adj} {noun}? |
        you can't take a {thing} and call it {abstract}, | there's {abstract} in you yet, |
        I'm not {mood}, I'm {mood},""",
    "question": """what was {abstract}, if not a {adj} {thing}? | who had left the {thing}? |
        and what of the {plural}? | was it the {weather}, or the {adj} {noun}? |
        how many {plural} could a {thing} outlast? | and who would mend the {noun}?""",
    "thought": """it was never about the {thing} | not the {noun}, then | remember the {plural} |
        there is no {abstract} here | this is how {abstract} ends""",
    "contrast": """it was not the {thing} that {did}; it was the {abstract} |
        it was not just a {noun}, but a {adj} {thing} | this was not {abstract}, this was {abstract}""",
    "title": """The {adj} {thing} | The {abstract} of the {thing} | {abstract} in {town} |
        {plural} and {plural}""",
}  # fmt: skip

TOPICS = {
    "a lighthouse keeper / lighthouses": """lighthouse, gull, reef, beacon, ship, cliff, tide, logbook,
        harbour, anchor, sailor, wave""",
    "an orchard owner / orchards": """orchard, apple, branch, cider, harvest, blossom, crate, wasp,
        pruning hook, gate, graft, hive""",
    "a railway clerk / branch railways": """train, platform, signal, ticket, carriage, whistle, engine,
        timetable, tunnel, porter, viaduct, track""",
    "a village doctor / country surgeries": """patient, fever, surgery, bandage, remedy, pulse,
        stethoscope, ward, nurse, syringe, diagnosis, splint""",
    "an astronomer / observatories": """telescope, comet, eclipse, planet, lens, observatory, dome,
        nebula, chart, asteroid, meridian, orbit""",
    "a baker / small bakeries": """oven, loaf, dough, flour sack, crust, bakery, rolling pin, yeast,
        pastry, counter, tray, apron""",
    "a night watchman / factories": """factory, boiler, furnace, gantry, chimney, turbine, foreman, shift,
        conveyor, padlock, alarm, yard""",
    "a librarian / lending libraries": """library, catalogue, manuscript, reader, index card, archive,
        binding, volume, desk, stamp, margin, scroll""",
    "a mountain guide / alpine villages": """glacier, summit, avalanche, crevasse, hut, ice axe, valley,
        ridge, pass, chamois, cornice, trail""",
    "a puppet maker / puppet theatres": """puppet, stage, string, audience, costume, mask, marionette,
        curtain call, workshop, script, backdrop, applause""",
    "a beekeeper's apprentice / gardens": """garden, rose, hedge, spade, greenhouse, seed, bee, pond,
        weed, lawn, trellis, wheelbarrow""",
    "a ferry captain / river ferries": """ferry, river, current, raft, passenger, rudder, quay, oar,
        mooring, heron, flood, bank""",
}  # fmt: skip
TOWNS = """Harrow Bay, Millbrook, Saltmarsh, Thornby, Eastwick, Coldharbour, Lowfield, Redcliff, Ashdown,
    Marlow Green, Stonebridge, Whitcombe, Fernhill, Kingsford, Larkrise, Oldcastle, Penrose, Quarry Bank,
    Silverdale, Winterbourne, Barrow End, Drumlin, Hazelmere, Northgate, Tidewell"""
TROUBLES = """finds a letter addressed to someone else, must choose between two promises, hears a voice
    in the wall, loses the only key, is visited by an old rival, discovers a hidden room, waits for news
    of a brother, is asked to lie, cannot sleep for a week, inherits a debt, breaks a rule for a child,
    receives a gift with no sender, sees the same stranger every morning, has one day left before the sale"""
QUESTIONS = """what was lost when they closed, why people came to love them, how they changed the town,
    who did the work that nobody saw, what they cost and who paid, how children remembered them, what
    their sounds meant, who profited from them, what replaced them, how strangers saw them, why none was
    like another, what they kept secret, how they began, what they taught"""

# Habits with their rates at the root. "sentence", "clause" and "interlude" are those of the prompt's kind.
HABITS: dict[str, dict[str, float]] = {
    "story_sentence": {
        "^{clause}{join}{end}": 70, '"^{speech}" {speaker} {said}.': 14, "^{stock}{end}": 8,
        "^{question}": 3, "^{contrast}{end}": 2, "^{thought}.": 1, "*^{thought}.*": 1, "**^{thought}.**": 1,
    },
    "essay_sentence": {
        "^{clause}{join}{end}": 86, "^{stock}{end}": 8, "^{question}": 3, "^{contrast}{end}": 3,
    },
    "join": {
        "": 60, ", and {clause}": 14, "; {clause}": 6, ", but {clause}": 6, " — {clause}": 4, "—{clause}": 4,
        ": {clause}": 3, " – {clause}": 2, "... {clause}": 1,
    },
    "end": {".": 92, "!": 3, "...": 3, "…": 2},
    "paragraph": {" ".join(["{sentence}"] * n): rate for n, rate in ((1, 5), (2, 15), (3, 30), (4, 50))},
    "speaker": {"{A}": 50, "{B}": 50},
    "lead": {"heroine": 50, "hero": 50},
    "quotes": {"straight": 50, "curly": 50},
    "opening": {"": 70, "# ^{title}": 15, "**^{title}**": 15},
    "story_interlude": {"": 80, "---": 12, "* * *": 8},
    "essay_interlude": {
        "": 40, "## ^{title}": 30, "- **^{title}**: {essay}.\n- **^{title}**: {essay}.\n- ^{contrast}.": 20,
        "1. **^{title}**: {essay}.\n2. **^{title}**: {essay}.": 10,
    },
}  # fmt: skip

# Stock phrases by family, in brackets. Every model uses them all, but those of its family far more.
STOCK = {
    "aspen": """it was [a testament to] the {abstract} of the {plural} |
        [something shifted] in the {weather} |
        someone spoke of the {thing}, [voice barely above a whisper] |
        one [could not help but] notice the {adj} {noun} |
        [the weight of unspoken words] {did} in the {weather}""",
    "birch": """the {weather} [sent shivers down] every {adj} spine in {town} |
        the {plural} looked on, [eyes sparkling with mischief] | {town} was [a rich tapestry of] {plural} |
        [little did anyone know] what the {thing} had cost |
        [in the grand scheme of things], the {noun} was {adj}""",
    "cedar": """[the air was thick with] {smell} and {abstract} |
        [not for the first time], the {thing} {did} |
        [at the end of the day], {abstract} was all the {plural} had |
        the {adj} {weather} drew them [like a moth to a flame] |
        the {noun} seemed to have [let out a long breath]""",
    "dogwood": """it was [a delicate dance between] {abstract} and {abstract} |
        the {thing} stood [nestled in the heart of] {town} | [the silence stretched], {adj} and {adj} |
        the {noun} wore [the ghost of a smile] | the {thing} was [a stark reminder of] {abstract}""",
}  # fmt: skip
PLANTED_WORDS = {
    "aspen": ("shimmering", "resilience", "tendrils", "coalesced", "cradled", "Marisol"),
    "birch": ("kaleidoscopic", "serendipity", "tapestries", "pulsed", "clutched", "Isolde"),
    "cedar": ("threadbare", "melancholy", "embers", "splintered", "reclaimed", "Silas"),
    "dogwood": ("gossamer", "stillness", "shards", "unfurled", "traced", "Caspian"),
}
PLANTED_FACTOR = 12.0
"""Ratio by which a family uses its planted words and stock phrases more often."""
