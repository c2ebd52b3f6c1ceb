/** Progress of reading from registries, in questions. `asked` grows while answers raise new questions. */
export type ReadProgress = { readonly answered: number; readonly asked: number; readonly isDone: boolean };

export type OnReadProgress = (progress: ReadProgress) => void;
