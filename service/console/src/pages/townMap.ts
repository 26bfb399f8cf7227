import { graphql } from "../gql";

/** The map that the board is drawn on, where there is one. */
export const Current = graphql(`query BoardMap { townMap { number reviewNumber datum shapes } }`);
