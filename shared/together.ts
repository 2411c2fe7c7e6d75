/** Each is answered well within its time. */
const AT_MOST = 100;

interface Round<Question, Answer> {
  questions: Question[];
  answers: Promise<readonly Answer[]>;
}

/**
 * Answers together what is asked in one turn of the event loop, 100 at a time: under load many requests are under way,
 * and one round trip serves them all. Nobody gets what was read before he asked.
 * @param answerAll fails only by what all have in common (Redis is away, say), never by one question: its failure is
 * that of all who asked with it
 */
export function together<Question, Answer>(
  answerAll: (questions: readonly Question[]) => Promise<readonly Answer[]>,
): (question: Question) => Promise<Answer> {
  let round: Round<Question, Answer> | null = null;

  function begin(): Round<Question, Answer> {
    const questions: Question[] = [];
    return { questions, answers: nextTurn(questions) };
  }

  async function nextTurn(questions: readonly Question[]): Promise<readonly Answer[]> {
    await new Promise((resolve) => setImmediate(resolve));
    if (round?.questions === questions) round = null;
    return answerAll(questions);
  }

  return async (question) => {
    if (round === null || round.questions.length === AT_MOST) round = begin();
    const { questions, answers } = round;
    const place = questions.push(question) - 1;
    return (await answers)[place] as Answer;
  };
}
