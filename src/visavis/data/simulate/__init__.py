"""The simulated conversation: two people who talk and move, with every cause known."""

from visavis.data.simulate.conversation import simulate_conversation as simulate_conversation
from visavis.data.simulate.run import SimulationReport as SimulationReport
from visavis.data.simulate.run import simulate as simulate
