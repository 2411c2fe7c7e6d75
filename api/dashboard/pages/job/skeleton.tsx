/** The page before its job has come: cards of the size that they will have. */
import { Card } from '../../components/card.tsx';
import { Skeleton } from '../../components/states.tsx';
import { StateSkeleton } from './state.tsx';

export function CardsSkeleton() {
  return (
    <>
      <StateSkeleton />
      <div class="job-pair job-curves stack">
        <Blank title="Loss" room="job-chart" />
        <Blank title="Accuracy" room="job-chart" />
      </div>
      <div class="job-pair stack">
        <Blank title="Epochs" room="job-rows" />
        <Blank title="Checkpoints" room="job-rows" />
      </div>
      <Blank title="Attempts" room="job-attempts" />
    </>
  );
}

function Blank({ title, room }: { title: string; room: string }) {
  return (
    <Card title={title} flush>
      <div class={`job-blank ${room}`}>
        <Skeleton height="100%" />
      </div>
    </Card>
  );
}
