// What other components ask of the room: the document is between them.

/** The stage's key: show the code to the class, or hide it. */
export const BOARD_ASKED = "cnnviz-room-board";
