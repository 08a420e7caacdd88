// Strings of the interface. Another language is a file with the type Messages
// and a line here.
import { en } from './en';

export type Messages = typeof en;
export const m: Messages = en;
