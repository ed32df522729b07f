"""The voices of the simulated conversation: a phrase with emphasis and mood in, sound with timed phonemes out."""

from visavis.data.simulate.voices.voice import Request as Request
from visavis.data.simulate.voices.voice import Spoken as Spoken
from visavis.data.simulate.voices.voice import Voice as Voice
from visavis.data.simulate.voices.voice import speak as speak
