// How a process that takes part is told what to do: `contest.js` asks.

/** Answers every message that names one of these commands, until whoever asks is gone. */
export function answerMessages(commands) {
  process.on('message', async ({ id, command, ...options }) => {
    try {
      process.send({ id, answer: await commands[command](options) });
    } catch (error) {
      process.send({ id, error: error.stack });
    }
  });
  process.on('disconnect', () => process.exit(0));
}
