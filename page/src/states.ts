// The colours of conversation states, the same as in films and players (visavis.view.plot.state_colours).

export const STATE_COLOURS: Readonly<Record<string, string>> = {
  speaking: "#D55E00", listening: "#0072B2", "receiving feedback": "#56B4E9", "giving feedback": "#E69F00",
  "being interrupted": "#CC79A7", "pausing to think": "#009E73", waiting: "#7a828c",
};
export const OTHER_STATE = "#56B4E9";
