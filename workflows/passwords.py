"""Which passwords are too easy to guess."""

import re
from typing import Final

SHORTEST: Final = 12  #: characters
LONGEST: Final = 256
# What people here and everywhere begin with, and then lengthen with digits and signs until a form is content.
_WORDS: Final = """
abcdefgh abcdefghijkl administrator admin administrasi adminadmin akusayangkamu alhamdulillah anjing asdfghjkl
asdfghjklzxcv basmalah bintang bismillah bismilah bangsaku cantik changeme cintaku correcthorsebatterystaple
default dinas disdukcapil dragon dukcapil ektp football garuda garudaindonesia iloveyou indonesia indonesiaku
indonesiaraya jakarta kantor kartu katasandi keluarga kecamatan ktp ktpel kudus letmein letmeinplease master
merdeka monkey operator pancasila pass passw passwd password passwordpassword passwort pemda pemkot petugas
princess qazwsx qazwsxedc qwer qwerty qwertyqwerty qwertyuiop qwertyuiopas rahasia rahasiaku sayang sayangku
selamat selamatdatang semarang semarangkota server sukses sunshine superman surabaya test testing trustno
welcome welcomewelcome zxcvbn zxcvbnm
"""
_COMMONEST: Final = frozenset(_WORDS.split())
# What is written in place of letters.
_LEET: Final = str.maketrans("@$013457", "asoieast")
_AROUND: Final = "0123456789 .,;:!?#%&*()-_=+[]/"
_RUNS: Final = ("0123456789" * 3, "9876543210" * 3, "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm")


def objection(password: str, name: str) -> str | None:
    """Return what is wrong with a password of the person of this name, None if nothing is known against it."""
    if len(password) < SHORTEST:
        return f"it has fewer than {SHORTEST} characters"
    if len(password) > LONGEST:
        return f"it has more than {LONGEST} characters"
    plain = password.casefold()
    letters = re.sub(r"[^a-z]", "", plain.replace(name.casefold(), ""))
    swapped = re.sub(r"[^a-z]", "", plain.strip(_AROUND).translate(_LEET))
    if len(set(plain)) < 5 or any(plain in run for run in _RUNS):
        return "it is the same few signs again and again, or a row of the keyboard"
    if not (set(plain) - set("0123456789 .-/")):
        return "it is a number, and a number is guessed or known"
    if {letters, swapped, _once(letters), _once(swapped)} & _COMMONEST:
        return "it is among the first that are tried"
    if name.casefold() in plain and len(letters) < SHORTEST // 2:
        return "it is the name with little around it"
    return None


def _once(letters: str) -> str:
    """Return the word of which the letters are nothing but repetitions."""
    for length in range(1, len(letters) // 2 + 1):
        if letters == letters[:length] * (len(letters) // length) and len(letters) % length == 0:
            return letters[:length]
    return letters
