"""Make up the files that Keras's old examples read: small, of the same form, and about nothing.

    python benchmarks/migration_data.py FOLDER

Text for `lstm_text_generation`, bAbI stories, pairs of sentences and a model for them, word vectors, newsgroups and
word lists. The folder is for `benchmarks/migration.py --data`.
"""

import argparse
import io
import random
import tarfile
from itertools import pairwise
from pathlib import Path

WORDS = (  # noqa: SIM905
    "the a of to and in it is was that he she they we with for on as at by this had not are but from have an"
    " which one all were her there been their if more when will would who what so no out up into them then"
    " time people way day man thing woman life child world school state family student group country hand part"
).split()
PEOPLE, PLACES = ("Mary", "John", "Sandra", "Daniel"), ("kitchen", "garden", "hallway", "office")


def sentences(chance: random.Random, count: int) -> list[str]:
    """Rows of words."""
    rows = (" ".join(chance.choices(WORDS, k=chance.randint(4, 9))) for _ in range(count))
    return [f"{row.capitalize()}." for row in rows]


def stories(chance: random.Random, count: int, facts: int) -> str:
    """bAbI: numbered facts, then a question with its answer and the number of the fact that tells it."""
    lines: list[str] = []
    for _ in range(count):
        where: dict[str, tuple[int, str]] = {}
        for number in range(1, facts + 1):
            who, place = chance.choice(PEOPLE), chance.choice(PLACES)
            where[who] = (number, place)
            lines.append(f"{number} {who} moved to the {place}.")
        who = chance.choice(sorted(where))
        lines.append(f"{facts + 1} Where is {who}? \t{where[who][1]}\t{where[who][0]}")
    return "\n".join(lines) + "\n"


def write_archive(path: Path, files: dict[str, str]) -> None:
    """A compressed tar file of texts."""
    with tarfile.open(path, "w:gz") as archive:
        for name, text in files.items():
            data = text.encode()
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))


def write(folder: Path) -> None:
    """All files."""
    chance = random.Random(0)
    folder.mkdir(parents=True, exist_ok=True)
    Path(folder, "nietzsche.txt").write_text(" ".join(sentences(chance, 600)), encoding="utf-8")

    tasks = {"qa1_single-supporting-fact": 2, "qa2_two-supporting-facts": 4}
    files = {
        f"tasks_1-20_v1-2/{size}/{task}_{part}.txt": stories(chance, 200 if part == "train" else 80, facts)
        for size in ("en", "en-10k")
        for task, facts in tasks.items()
        for part in ("train", "test")
    }
    write_archive(Path(folder, "babi-tasks-v1-2.tar.gz"), files)

    pairs = zip(sentences(chance, 300), sentences(chance, 300), strict=True)
    place = Path(folder, "fra-eng")
    place.mkdir(exist_ok=True)
    Path(place, "fra.txt").write_text("".join(f"{one}\t{other}\n" for one, other in pairs), encoding="utf-8")

    place = Path(folder, "glove.6B")
    place.mkdir(exist_ok=True)
    rows = (f"{word} {' '.join(f'{chance.gauss(0, 0.4):.4f}' for _ in range(100))}\n" for word in WORDS)
    Path(place, "glove.6B.100d.txt").write_text("".join(rows), encoding="utf-8")

    for group in ("alt.atheism", "comp.graphics", "rec.autos", "sci.space"):
        place = Path(folder, "20_newsgroup", group)
        place.mkdir(parents=True, exist_ok=True)
        for number in range(60):
            text = "\n".join(sentences(chance, 12))
            Path(place, str(50000 + number)).write_text(f"Subject: {group}\n\n{text}\n", encoding="latin-1")

    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["".join(chance.choices(letters, k=chance.randint(2, 8))) for _ in range(30000)]
    lists = {
        "wordlist_mono_clean.txt": "".join(f"{word}\n" for word in words),
        "wordlist_bi_clean.txt": "".join(f"{one} {other}\n" for one, other in pairwise(words)),
    }
    write_archive(Path(folder, "wordlists.tgz"), lists)


def write_model(folder: Path) -> None:
    """The model, not trained, that `lstm_seq2seq` saves and `lstm_seq2seq_restore` loads."""
    import keras

    lines = Path(folder, "fra-eng", "fra.txt").read_text(encoding="utf-8").split("\n")[:-1]
    given, wanted = zip(*(line.split("\t") for line in lines), strict=True)
    sizes = len(set("".join(given))), len(set("".join(wanted)) | {"\t", "\n"})
    inputs = [keras.Input((None, size)) for size in sizes]
    _, *state = keras.layers.LSTM(256, return_state=True)(inputs[0])
    decoder = keras.layers.LSTM(256, return_sequences=True, return_state=True)
    output = decoder(inputs[1], initial_state=state)[0]
    model = keras.Model(inputs, keras.layers.Dense(sizes[1], activation="softmax")(output))
    model.compile("rmsprop", "categorical_crossentropy")
    model.save(Path(folder, "s2s.h5"))


def main() -> None:
    """Write them to the folder that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    write(folder)
    write_model(folder)


if __name__ == "__main__":
    main()
