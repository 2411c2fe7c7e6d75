/**
 * Answers together what is asked in one turn of the event loop: under load many requests are under way, and one round
 * trip serves them all. Nobody gets what was read before he asked.
 */
export function together<Question, Answer>(
  answerAll: (questions: readonly Question[]) => Promise<readonly Answer[]>,
): (question: Question) => Promise<Answer> {
  let asked: Question[] = [];
  let answers: Promise<readonly Answer[]> | null = null;

  async function nextTurn(): Promise<readonly Answer[]> {
    await new Promise((resolve) => setImmediate(resolve));
    const questions = asked;
    asked = [];
    answers = null;
    return answerAll(questions);
  }

  return async (question) => {
    const place = asked.push(question) - 1;
    answers ??= nextTurn();
    return (await answers)[place] as Answer;
  };
}
