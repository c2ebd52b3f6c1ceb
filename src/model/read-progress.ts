/** How many questions registries have answered. `asked` grows while answers raise new questions. */
export type ReadProgress = { readonly answered: number; readonly asked: number; readonly isDone: boolean };

export type OnReadProgress = (progress: ReadProgress) => void;
