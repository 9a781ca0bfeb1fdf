/** What a person can do something about: one clear sentence and what to do. Printed without a stack trace. */
export class Failure extends Error {}
